-- One complete request for each of the four models, as JSON, with every documented field.
return {
  ["sora-2-text-to-video"] = [[{
    "model": "sora-2-text-to-video",
    "input": {
      "prompt": "A baker opens the oven and says: “Fresh bread, anyone?” Flour hangs in the air.",
      "aspect_ratio": "landscape",
      "n_frames": "10",
      "remove_watermark": true,
      "upload_method": "s3"
    }
  }]],
  ["sora-2-image-to-video"] = [[{
    "model": "sora-2-image-to-video",
    "input": {
      "prompt": "The clay orchestra starts to play and “everyone” sings",
      "image_urls": ["https://images.example/orchestra.jpg"],
      "aspect_ratio": "portrait",
      "n_frames": "15",
      "remove_watermark": false,
      "upload_method": "oss"
    }
  }]],
  ["sora-2-characters-pro"] = [[{
    "model": "sora-2-characters-pro",
    "input": {
      "origin_task_id": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
      "character_user_name": "harbour_pilot",
      "character_prompt": "patient pilot, yellow coat, weathered face",
      "safety_instruction": "no violence; suitable for children"
    }
  }]],
  ["sora-watermark-remover"] = [[{
    "model": "sora-watermark-remover",
    "input": {
      "video_url": "https://sora.chatgpt.com/p/s_00112233445566778899aabbccddeeff",
      "upload_method": "s3"
    }
  }]],
}
