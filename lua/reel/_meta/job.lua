---@meta reel.core.job

error("this file only tells editors what reel.core.job is: require that")

--- The scheduler: jobs are coroutines that wait without holding up anything else.
---@class reel.core.job
---@field cancelled reel.Error   What a wait raises in a cancelled job; compare with rawequal.
---@field methods reel.Job       Methods of all jobs; jobs/flow.lua adds the public ones.
local job = {}

---@alias reel.JobStatus "ready"|"running"|"waiting"|"done"|"failed"|"cancelled"

--- A running function.
---@class reel.Job
---@field status reel.JobStatus
---@field error any           What it raised, once it has failed. Reading it counts as looking.
---@field traceback string?   Of that error.
local Job = {}

---@class reel.JobWaitOptions
---@field timeout? number   Seconds until an error of kind "timeout"; default: no limit.

--- Waits for the end of the job and returns what its function returned; raises what it raised.
--- "timeout" leaves it running.
---@async
---@param options? reel.JobWaitOptions
---@return any ...
function Job:wait(options) end

--- Waits for the end of the job, however it ends. Raises when the job is the running one or one
--- that waits for it.
---@async
---@param timeout? number   Seconds, 0 to 1e9; default: no limit.
---@return boolean ended    false: the timeout passed
function Job:join(timeout) end

--- What the function of an ended job returned, or raises its error. Raises when it has not ended.
---@return any ...
function Job:result() end

--- Ends it at its present or next wait, and at every later one. One not begun never runs.
function Job:cancel() end

--- It no longer belongs to the job that started it, and may outlive it.
---@return reel.Job self
function Job:detach() end

--- Something to wait for that others fire.
---@class reel.Signal
local Signal = {}

--- Waits until the signal is fired.
---@async
---@param timeout? number   Seconds, 0 to 1e9; default: no limit.
---@return boolean fired    false: the timeout passed
function Signal:wait(timeout) end

--- Wakes all who wait at this moment.
function Signal:fire() end

--- Starts a function as a job, a child of the running one. It runs at the next wait.
---@param fn function
---@param ... any   its arguments
---@return reel.Job
function job.spawn(fn, ...) end

--- The running job; nil outside of one.
---@return reel.Job?
function job.current() end

---@async
---@param seconds number   0 to 1e9
function job.sleep(seconds) end

--- Lets the host go on, if it has given this step all the time it wanted to: the job goes on in the
--- next one. For work between two waits that would take a good part of a frame. Outside a job it
--- does nothing.
---@async
function job.give_way() end

---@return reel.Signal
function job.signal() end

--- Calls fn; a cancel does not end the waits in it.
---@async
---@param fn function
---@param ... any   its arguments
---@return any ...
function job.shield(fn, ...) end

--- The failures that nobody has looked at; they count as looked at from here on.
---@return { error: any, traceback: string }[]
function job.failures() end

--- Calls fn from the loop after Ctrl-C; nil: nothing again.
---@param fn fun()?
function job.on_interrupt(fn) end

--- Seconds on a clock that only goes forward.
---@return number
function job.now() end

return job
