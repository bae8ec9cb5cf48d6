-- Shared by all scripts: prepended to each.
local WEEK = 604800
local LANES = {'recall', 'breaking', 'transactional', 'normal', 'bulk'}

local function parts(ref)
  return string.match(ref, '^([^:]*):([^:]*):(.*)$')
end

-- Redis that is short of memory refuses a script whose first write would take some, and lets one go on that has begun.
-- What records, gives back or ends must never be refused: it is what makes room.
local function insist()
  redis.call('DEL', 'mta:nothing')
end

local function seconds()
  local t = redis.call('TIME')
  return tonumber(t[1]) + tonumber(t[2]) / 1000000
end

-- Put a ref into a queue. Who has waited for nothing joins level with whoever was served least.
local function enqueue(queue, ref, first)
  local tenant = parts(ref)
  redis.call('HSET', 'mta:batch:' .. ref, 'at', 'queue:' .. queue)
  redis.call(first and 'LPUSH' or 'RPUSH', 'mta:q:' .. queue .. ':' .. tenant, ref)
  local turn = 'mta:turn:' .. queue
  if not redis.call('ZSCORE', turn, tenant) then
    local least = redis.call('ZRANGE', turn, 0, 0, 'WITHSCORES')
    redis.call('ZADD', turn, least[2] or 0, tenant)
  end
end

-- Queue a batch that was with a process, or due; that of a mailing which was paused or cancelled goes before all others.
local function requeue(ref, first)
  local tenant, mailing = parts(ref)
  local lane = redis.call('HGET', 'mta:batch:' .. ref, 'lane')
  if not lane then return end
  if redis.call('EXISTS', 'mta:control:' .. tenant .. ':' .. mailing) == 1 then lane = 'recall' end
  redis.call('HSET', 'mta:batch:' .. ref, 'owner', '')
  enqueue(lane, ref, first)
end

-- Put back what a process holds.
local function clear_lease(process)
  for _, ref in ipairs(redis.call('HKEYS', 'mta:lease:' .. process)) do
    if redis.call('HGET', 'mta:batch:' .. ref, 'owner') == process then requeue(ref, true) end
  end
  redis.call('DEL', 'mta:lease:' .. process)
  redis.call('ZREM', 'mta:alive', process)
end

-- Add to a count of a hash; what is down to nothing is not kept.
local function count(hash, field, number)
  if number ~= 0 and redis.call('HINCRBY', hash, field, number) <= 0 then redis.call('HDEL', hash, field) end
end

-- Take from a batch's load, and from its queue's backlog with it.
local function unload(ref, number)
  if number == 0 then return end
  local hash = 'mta:batch:' .. ref
  local tenant = parts(ref)
  redis.call('HINCRBY', hash, 'load', -number)
  count('mta:backlog:' .. redis.call('HGET', hash, 'lane'), tenant, -number)
end

-- What was claimed and is given up unsent is not held against the tenant's hour.
local function refund(ref, number)
  local spent = 'mta:spent:' .. parts(ref)
  if number > 0 and redis.call('HGET', 'mta:batch:' .. ref, 'paid') and redis.call('EXISTS', spent) == 1 then
    redis.call('DECRBY', spent, number)
  end
end

-- A batch is open no more. Done marks stay, so that feeding it again repeats nobody; so do attempts, for a paused one.
local function close(ref)
  local tenant, mailing, batch = parts(ref)
  local hash = 'mta:batch:' .. ref
  local load = tonumber(redis.call('HGET', hash, 'load'))
  refund(ref, load)
  unload(ref, load)
  count('mta:later', tenant, -redis.call('HLEN', 'mta:retry:' .. ref))
  local owner = redis.call('HGET', hash, 'owner')
  if owner then redis.call('HDEL', 'mta:lease:' .. owner, ref) end
  redis.call('SREM', 'mta:open:' .. tenant .. ':' .. mailing, batch)
  redis.call('ZREM', 'mta:due', ref)
  redis.call('DEL', hash)
  redis.call('EXPIRE', 'mta:retry:' .. ref, WEEK)
end
