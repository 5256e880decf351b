-- The models that reel knows by itself, in the order in which specs go through them.
return { "sora-2-text-to-video", "sora-2-image-to-video", "sora-2-characters-pro",
  "sora-watermark-remover" }
