---@meta reel.core.job

error("this file describes reel.core.job for editors; require reel.core.job itself")

--- The scheduler: jobs are coroutines that wait without holding up anything else.
---@class reel.core.job
---@field cancelled reel.Error   What a wait raises in a cancelled job; compare with rawequal.
---@field methods reel.Job       Methods of all jobs; jobs/flow.lua adds the public ones.
local job = {}

---@alias reel.JobStatus "ready"|"running"|"waiting"|"done"|"failed"|"cancelled"

--- A running function.
---@class reel.Job
---@field status reel.JobStatus
---@field error any           What the function raised. Reading it marks the failure as observed.
---@field traceback string?   The traceback of that error.
local Job = {}

---@class reel.JobWaitOptions
---@field timeout? number   Seconds until an error of kind "timeout"; default: no limit.

--- Waits for the end of the job and returns what its function returned, or raises what it raised. A
--- timeout leaves the job running.
---@async
---@param options? reel.JobWaitOptions
---@return any ...
function Job:wait(options) end

--- Waits for the end of the job, however it ends. Raises when the job is the caller, or waits for
--- the caller.
---@async
---@param timeout? number   Seconds, 0 to 1e9; default: no limit.
---@return boolean ended    false: the timeout passed
function Job:join(timeout) end

--- Returns what the function of an ended job returned, or raises its error. Raises when the job has
--- not ended.
---@return any ...
function Job:result() end

--- Cancels the job: its present or next wait, and every later one, raises. A job that has not begun
--- never runs.
function Job:cancel() end

--- Separates the job from the job that started it, so that it may outlive that one.
---@return reel.Job self
function Job:detach() end

--- Jobs wait for a signal until another job fires it.
---@class reel.Signal
local Signal = {}

--- Waits until the signal is fired.
---@async
---@param timeout? number   Seconds, 0 to 1e9; default: no limit.
---@return boolean fired    false: the timeout passed
function Signal:wait(timeout) end

--- Wakes all jobs that wait for the signal at this moment.
function Signal:fire() end

--- Starts a function as a job, which belongs to the running job. The function does not run before
--- the caller waits or ends.
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

--- Ends the host's step if the time of the step is used up; the job goes on in the next step. For
--- work between two waits that would take a good part of a frame. Outside of a job it does nothing.
---@async
function job.give_way() end

---@return reel.Signal
function job.signal() end

--- Calls fn. A cancel does not end the waits in fn.
---@async
---@param fn function
---@param ... any   its arguments
---@return any ...
function job.shield(fn, ...) end

--- The failures that nobody has observed. This call marks them as observed.
---@return { error: any, traceback: string }[]
function job.failures() end

--- Sets the function that the next step calls after an interrupt, such as Ctrl-C at the prompt.
---@param fn fun()?   nil: none
function job.on_interrupt(fn) end

--- Seconds on a clock that only goes forward.
---@return number
function job.now() end

--- Moves the clocks of the process ahead, for specs: job.now(), all timers of jobs and polls, the
--- journal's rate window. os.time() and libcurl's own timeouts do not change. See
--- spec/support/clock.lua.
---@param seconds number   0 to 1e9
function job.advance(seconds) end

return job
