-- The CSS that stands in the page.
return [==[

:root {
  color-scheme: light dark;
  --ground: #f4f3f0; --surface: #fff; --line: #e2dfd8; --ink: #1d1b19; --soft: #66615a;
  --accent: #3c4fc4; --stage: #17161a; --on-stage: #d9d6cf;
  --good: #1f6f43; --bad: #a8261f; --bad-ground: #fbe9e6; --warn: #7d5200; --warn-ground: #fdf1d4;
  --busy: #2a5a9b; --busy-ground: #e6effa; --plain-ground: #eceae5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131216; --surface: #1d1b21; --line: #322f38; --ink: #efece6; --soft: #a7a19a;
    --accent: #a3b0ff; --stage: #09080b; --on-stage: #c9c5bd;
    --good: #7fd0a2; --bad: #ff9c92; --bad-ground: #3b1d1b; --warn: #f4c66a; --warn-ground: #35290f;
    --busy: #9cc4f7; --busy-ground: #1a2a3f; --plain-ground: #2a2830;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main, footer { max-width: 1480px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; padding-bottom: 12px; }
h1 {
  margin: 0; font-size: 30px; line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere;
}
header p, footer { color: var(--soft); }
header p { margin: 4px 0 0; }
a { color: var(--accent); }
section { scroll-margin-top: 90px; }
footer { padding-top: 8px; padding-bottom: 40px; font-size: 13px; }
h2 { margin: 28px 0 12px; font-size: 17px; letter-spacing: -.01em; }

.filters {
  position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: 12px;
  align-items: end; padding: 12px 0; background: var(--ground);
}
.filters label { display: grid; gap: 3px; }
.filters span { font-size: 12px; color: var(--soft); }
.words-filter { flex: 1 1 260px; }
input, select, button {
  min-height: 42px; padding: 0 12px; border: 1px solid var(--line); border-radius: 10px;
  background: var(--surface); color: inherit; font: inherit;
}
input { width: 100%; }
select { max-width: 100%; }
button { cursor: pointer; }
output {
  padding-bottom: 9px; color: var(--soft); font-size: 14px; font-variant-numeric: tabular-nums;
}
.nothing { padding: 48px 0; color: var(--soft); text-align: center; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

.grid { display: grid; gap: 22px; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); }
.card {
  display: flex; flex-direction: column; overflow: hidden; border: 1px solid var(--line);
  border-radius: 14px; background: var(--surface);
}
.stage { display: grid; background: var(--stage); color: var(--on-stage); }
video, img { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain; }
.notice {
  display: grid; place-items: center; aspect-ratio: 16 / 9; margin: 0; padding: 24px;
  font-size: 14px; text-align: center; overflow-wrap: anywhere;
}
.notice a { color: inherit; }
.handle { font-size: 22px; font-weight: 600; }
.words { display: flex; flex: 1; flex-direction: column; gap: 10px; padding: 14px 16px 12px; }
h3 {
  display: flex; gap: 8px; align-items: center; justify-content: space-between; margin: 0;
  font-size: 13px; font-weight: 500;
}
.model { color: var(--soft); }
.model::first-letter { text-transform: uppercase; }
.state {
  padding: 1px 9px; border-radius: 99px; background: var(--plain-ground); color: var(--soft);
  font-size: 12px;
}
.succeeded { padding: 1px 0; background: none; color: var(--good); }
.failed, .refused { background: var(--bad-ground); color: var(--bad); }
.ambiguous, .missing { background: var(--warn-ground); color: var(--warn); }
.created, .latched { background: var(--busy-ground); color: var(--busy); }
.about, .note { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
.about {
  display: -webkit-box; overflow: hidden; -webkit-box-orient: vertical; -webkit-line-clamp: 4;
  line-clamp: 4;
}
.note { padding: 9px 12px; border-radius: 10px; background: var(--plain-ground); font-size: 14px; }
.note::first-letter { text-transform: uppercase; }
.is-ambiguous .note, .is-missing .note { background: var(--warn-ground); color: var(--warn); }
.is-failed .note, .is-refused .note { background: var(--bad-ground); color: var(--bad); }
dl { margin: 0; }
dt { color: var(--soft); font-size: 12px; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
.facts {
  display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 6px 12px;
  margin-top: auto; font-size: 14px; font-variant-numeric: tabular-nums;
}
.facts > div { grid-column-end: span 2; }
.facts > .sent { grid-column: 1 / span 3; }
.facts > .key { grid-column-end: span 3; }
details { border-top: 1px solid var(--line); padding-top: 8px; }
summary { color: var(--accent); font-size: 14px; cursor: pointer; }
.all { display: grid; gap: 8px; padding: 10px 0 4px; font-size: 13px; }
#needing .card { border-color: var(--warn); }

@media (max-width: 560px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 22px; }
  h1 { font-size: 24px; }
  .filters { position: static; }
  .filters label:not(.words-filter) { flex: 1 1 130px; }
  select { width: 100%; }
  .portrait video { aspect-ratio: 3 / 4; }
  .grid { grid-template-columns: minmax(0, 1fr); gap: 16px; }
}
@media (prefers-reduced-motion: no-preference) {
  .card { transition: border-color .15s; }
  .card:hover { border-color: var(--soft); }
}
]==]
