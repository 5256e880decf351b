---@meta _

error("this file only tells editors what reel.configure takes")

-- Settings count in this order: reel.configure, the command line, the environment (REEL_ and the
-- name in capitals), reel.conf.lua beside the script, the default.

--- For reel.configure and reel.conf.lua.
---@class reel.Configuration
---@field base_url? string          Where the API is; default the vendor's. Keys go there only.
---@field upload_url? string        Where files are uploaded; default the vendor's, or base_url's.
---@field api_key? string           Better in the environment, as KIE_API_KEY.
---@field webhook_key? string       Better in the environment, as KIE_WEBHOOK_KEY.
---@field api_key_file? string      File with the key; only its owner may read it (0600).
---@field journal? string|"none"    Default .reel/journal.db in the project's folder. "none" forgets
---                                 what was paid for, with a warning.
---@field poll_first? number        Seconds before the first query, 0.05 to 3600; default 5.
---@field poll_max? number          Seconds between queries at most, 0.05 to 3600; default 15.
---@field wait_timeout? number      Seconds, 0.05 to a year; default 1800.
---@field create_rate? string       "count/seconds" of creates; default "20/10".
---@field create_parallel? integer  Creates under way at once, 1 to 4; default 4.
---@field callback_url? string      Public base URL of this machine; default: no callbacks.
---@field callback_listen? string   Address and port for them; default "127.0.0.1:0".
---@field proxy? string|"none"      URL of a proxy; default: that of the environment.
---@field ca_file? string           Certificates to trust (PEM); default: the system's.
---@field max_new? integer          New tasks of this run at most; default: no limit.
---@field max_credits? number       Credits of this run at most; default: no limit.
---@field retry_failed? boolean     Make tasks anew that failed in an earlier run; default false.
---@field quiet? boolean            No progress; default false.
---@field json? boolean             Results and progress as JSON; default false.
---@field log_level? reel.LogLevel  Default "info".
