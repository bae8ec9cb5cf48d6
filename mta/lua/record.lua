-- Store outcomes of several batches at once. ARGV: process, then for each batch
--   ref, ends (1: the process is through with it), how many were cancelled untried, n finals, seq…, event, n deferrals, (seq, retry)…, event
-- where an event goes to the outcome stream. Returns {ref, 'done', seq…} where some were recorded before (nothing is then
-- written for that batch: send again without them), and {ref, 'lost'} where the batch is no longer this process's.
local process = ARGV[1]
insist()
local answers = {}
local i = 2

local function take()
  i = i + 1
  return ARGV[i - 1]
end

local function take_many(count)
  local many = {unpack(ARGV, i, i + count - 1)}
  i = i + count
  return many
end

local function recorded_before(ref, finals)
  local before = {}
  if #finals > 0 and redis.call('EXISTS', 'mta:done:' .. ref) == 1 then
    for n, flag in ipairs(redis.call('SMISMEMBER', 'mta:done:' .. ref, unpack(finals))) do
      if flag == 1 then before[#before + 1] = finals[n] end
    end
  end
  return before
end

local function store_finals(ref, finals, event, open)
  if #finals == 0 then return end
  redis.call('SADD', 'mta:done:' .. ref, unpack(finals))
  redis.call('EXPIRE', 'mta:done:' .. ref, WEEK)
  redis.call('XADD', 'mta:outcomes', '*', 'o', event)
  local deferred = redis.call('HDEL', 'mta:retry:' .. ref, unpack(finals))
  if open then
    redis.call('HINCRBY', 'mta:batch:' .. ref, 'left', -#finals)
    count('mta:later', parts(ref), -deferred)
    unload(ref, #finals - deferred)
  end
end

local function store_deferrals(ref, deferrals, event)
  if #deferrals == 0 then return end
  local fresh = redis.call('HSET', 'mta:retry:' .. ref, unpack(deferrals))
  unload(ref, fresh)
  count('mta:later', parts(ref), fresh)
  if event ~= '' then redis.call('XADD', 'mta:outcomes', '*', 'o', event) end
end

-- The process is through: what is left was deferred, and waits for the first that is due.
local function finish(ref, process)
  local first
  for _, retry in ipairs(redis.call('HVALS', 'mta:retry:' .. ref)) do
    local due = tonumber(string.match(retry, ';([^;]*);'))
    if not first or due < first then first = due end
  end
  if not first then return close(ref) end
  if redis.call('HEXISTS', 'mta:batch:' .. ref, 'flush') == 1 then first = 0 end
  redis.call('HDEL', 'mta:lease:' .. process, ref)
  redis.call('HSET', 'mta:batch:' .. ref, 'at', 'due', 'owner', '')
  redis.call('ZADD', 'mta:due', first, ref)
end

while i <= #ARGV do
  local ref, ends, untried = take(), take() == '1', tonumber(take())
  local finals, event = take_many(tonumber(take())), take()
  local deferrals, deferred_event = take_many(2 * tonumber(take())), take()
  local before = recorded_before(ref, finals)
  if #before > 0 then
    answers[#answers + 1] = {ref, 'done', unpack(before)}
  else
    local hash = 'mta:batch:' .. ref
    local owner = redis.call('HGET', hash, 'owner')
    store_finals(ref, finals, event, redis.call('EXISTS', hash) == 1)
    if owner == process then
      refund(ref, untried)
      store_deferrals(ref, deferrals, deferred_event)
      if tonumber(redis.call('HGET', hash, 'left')) <= 0 then close(ref)
      elseif ends then finish(ref, process) end
    else
      redis.call('HDEL', 'mta:lease:' .. process, ref)
      answers[#answers + 1] = {ref, 'lost'}
    end
  end
end
return answers
