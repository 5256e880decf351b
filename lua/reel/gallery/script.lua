-- The script that stands in the page: it filters the cards, plays one clip at a time, and shows a
-- notice in place of a clip that cannot be played. Without scripts the page shows everything.
return [==[

(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fold = (text) => text.normalize("NFKC").toLowerCase();

  const pauseOthers = (event) => {
    for (const video of all("video")) if (video !== event.target) video.pause();
  };

  const showUnplayable = (event) => {
    const video = event.target;
    if (!(video instanceof HTMLVideoElement) || !video.error) return;
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.setAttribute("role", "alert");
    notice.textContent =
      "The clip cannot be played: the file was moved, or the browser lacks its codec.";
    video.replaceWith(notice);
  };

  document.addEventListener("play", pauseOthers, true);
  document.addEventListener("error", showUnplayable, true);

  const bar = one(".filters");
  if (!bar) return;
  const words = one("#words"), state = one("#state"), model = one("#model");
  const cards = all(".card").map((card) => ({ card, text: fold(card.textContent) }));

  const fits = ({ card, text }, wanted) =>
    (!state.value || card.dataset.state === state.value) &&
    (!model.value || card.dataset.model === model.value) &&
    wanted.every((word) => text.includes(word));

  const apply = () => {
    const wanted = fold(words.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const entry of cards) {
      const hide = !fits(entry, wanted);
      if (hide) all("video", entry.card).forEach((video) => video.pause());
      entry.card.hidden = hide;
      shown += hide ? 0 : 1;
    }
    for (const section of all("section")) section.hidden = !one(".card:not([hidden])", section);
    one("#count").textContent = `${shown} of ${cards.length}`;
    one("#nothing").hidden = shown > 0;
  };

  const clear = () => {
    words.value = state.value = model.value = "";
    apply();
    words.focus();
  };

  const isTyping = (target) => target instanceof Element && target.closest("input, select");

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyping(event.target)) {
      event.preventDefault();
      words.focus();
    }
  });
  words.addEventListener("input", apply);
  state.addEventListener("change", apply);
  model.addEventListener("change", apply);
  one("#clear").addEventListener("click", clear);
  bar.hidden = false;
  apply();
})();
]==]
