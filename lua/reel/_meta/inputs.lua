---@meta _

error("this file describes the inputs of the models for editors")

-- The fields are those of the API. Only given fields are sent; the defaults are the vendor's.
-- Limits: docs.kie.ai, the page of each model, read 2026-03; models/init.lua has them as data.

---@alias reel.AspectRatio "portrait"|"landscape"
---@alias reel.ClipLength "10"|"15"            # seconds, as a string
---@alias reel.UploadMethod "s3"|"oss"         # oss for readers in China

--- The input of reel.text_to_video.
---@class reel.TextToVideoInput
---@field prompt string                        What happens in the clip; to 10000 characters.
---@field aspect_ratio? reel.AspectRatio       Shape of the picture; default "landscape".
---@field n_frames? reel.ClipLength            Length in seconds, as a string; default "10".
---@field remove_watermark? boolean            Default true.
---@field upload_method? reel.UploadMethod     Where the vendor stores the result; default "s3".
---@field character_id_list? string[]          Ids of characters that appear, at most 5.
---@field progressCallBackUrl? string          URL to which the vendor reports progress.

--- The input of reel.image_to_video.
---@class reel.ImageToVideoInput
---@field prompt string                        What happens in the clip; to 10000 characters.
---@field image_urls string[]                  The first frame: a public URL, or the path of a JPEG,
---                                            PNG or WebP file to 10 MiB, which is uploaded.
---@field aspect_ratio? reel.AspectRatio       Shape of the picture; default "landscape".
---@field n_frames? reel.ClipLength            Length in seconds, as a string; default "10".
---@field remove_watermark? boolean            Default true.
---@field upload_method? reel.UploadMethod     Where the vendor stores the result; default "s3".
---@field character_id_list? string[]          Ids of characters that appear, at most 5.
---@field progressCallBackUrl? string          URL to which the vendor reports progress.

--- The input of reel.character.
---@class reel.CharacterInput
---@field origin_task_id string|reel.Task      A Sora video task of this account; its clip shows the
---                                            character.
---@field character_prompt string              Stable traits in one line; to 1000 characters.
---@field character_user_name? string          The handle without the @; to 40 characters.
---@field safety_instruction? string           Forbidden uses; to 1000 characters.
---@field timestamps? string                   "3.55,5.55": seconds from and to, 1 to 4 s apart.

--- The input of reel.remove_watermark.
---@class reel.RemoveWatermarkInput
---@field video_url string|reel.Task           Public link on sora.chatgpt.com, or a task's clip; to
---                                            500 characters.
---@field upload_method? reel.UploadMethod     Where the vendor stores the result; default "s3".

--- The functions that lua/reel/init.lua makes, one for each model with a `call`.
---@class reel.ModelFunctions
local reel = {}

--- A clip from a description.
---@async
---@param input reel.TextToVideoInput
---@param options? reel.CallOptions
---@return reel.Task
function reel.text_to_video(input, options) end

--- A clip that begins with a picture.
---@async
---@param input reel.ImageToVideoInput
---@param options? reel.CallOptions
---@return reel.Task
function reel.image_to_video(input, options) end

--- A character from a clip; prompts name it by its task's `handle`.
---@async
---@param input reel.CharacterInput
---@param options? reel.CallOptions
---@return reel.Task
function reel.character(input, options) end

--- A clip without its watermark.
---@async
---@param input reel.RemoveWatermarkInput
---@param options? reel.CallOptions
---@return reel.Task
function reel.remove_watermark(input, options) end
