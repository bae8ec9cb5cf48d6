-- Take the next batch: lanes in order, inside a lane the tenant that was served least for its weight.
-- ARGV: process, 1 to take one also while memory is short.
-- Returns {ref, payload, control, done seqs, retry hash, Redis's time, weight, who is to be retried now} or false.
local process = ARGV[1]
local now = seconds()
if ARGV[2] == '1' then insist() end
redis.call('ZADD', 'mta:alive', now, process)

-- The hour begins with its first mail. The service's own mail (transactional) costs nothing.
local function over_quota(lane, tenant, ref)
  local quota = tonumber(redis.call('HGET', 'mta:quotas', tenant) or 0)
  if quota == 0 or lane == 'transactional' then return false end
  local spent = tonumber(redis.call('GET', 'mta:spent:' .. tenant) or 0)
  local batch = redis.call('HMGET', 'mta:batch:' .. ref, 'load', 'paid')
  return spent > 0 and not batch[2] and spent + tonumber(batch[1] or 0) > quota
end

-- A tenant waits that is stopped, whose last batch is not paid for at its rate, or whose hour is used up.
local function must_wait(lane, tenant)
  if lane == 'recall' then return false end
  local ref = redis.call('LINDEX', 'mta:q:' .. lane .. ':' .. tenant, 0)
  if not ref then return false end
  return redis.call('HEXISTS', 'mta:orders', 'tenant:' .. tenant) == 1
    or tonumber(redis.call('GET', 'mta:paid:' .. tenant) or 0) > now
    or over_quota(lane, tenant, ref)
end

local function pay(lane, tenant, ref, load)
  local hourly = tonumber(redis.call('HGET', 'mta:rates', tenant) or 0)
  if hourly > 0 then
    local seconds_each = 3600 / hourly
    redis.call('SET', 'mta:paid:' .. tenant, string.format('%.3f', now + load * seconds_each),
               'PX', math.ceil(load * seconds_each * 1000))
  end
  local quota = tonumber(redis.call('HGET', 'mta:quotas', tenant) or 0)
  if quota > 0 and load > 0 and lane ~= 'transactional' and redis.call('HSETNX', 'mta:batch:' .. ref, 'paid', 1) == 1 then
    local spent = 'mta:spent:' .. tenant
    local total = redis.call('INCRBY', spent, load)
    -- A batch larger than the quota takes as many hours as it needs.
    if total == load then redis.call('EXPIRE', spent, math.ceil(3600 * math.max(1, load / quota))) end
  end
end

local function take(lane, tenant, ref)
  local hash = 'mta:batch:' .. ref
  local batch = redis.call('HMGET', hash, 'at', 'p', 'left', 'load', 'flush')
  if batch[1] ~= 'queue:' .. lane then return nil end  -- it was recalled or closed since
  local _, mailing = parts(ref)
  local weight = tonumber(redis.call('HGET', 'mta:weights', tenant) or 1)
  redis.call('ZINCRBY', 'mta:turn:' .. lane, batch[3] / weight, tenant)
  if lane ~= 'recall' then pay(lane, tenant, ref, tonumber(batch[4])) end
  redis.call('HSET', hash, 'at', 'held', 'owner', process)
  redis.call('HDEL', hash, 'flush')
  redis.call('HSET', 'mta:lease:' .. process, ref, lane)
  return {ref, batch[2], redis.call('GET', 'mta:control:' .. tenant .. ':' .. mailing),
          redis.call('SMEMBERS', 'mta:done:' .. ref), redis.call('HGETALL', 'mta:retry:' .. ref), tostring(now),
          weight, batch[5] or ''}
end

-- Who had to wait is owed nothing when it may go on: the others were served meanwhile.
local function keep_level(lane, waited, served)
  for _, tenant in ipairs(waited) do redis.call('ZADD', 'mta:turn:' .. lane, 'XX', 'GT', served, tenant) end
end

for _, lane in ipairs(LANES) do
  local turn, waited = redis.call('ZRANGE', 'mta:turn:' .. lane, 0, -1, 'WITHSCORES'), {}
  for n = 1, #turn, 2 do
    local tenant = turn[n]
    while true do
      if must_wait(lane, tenant) then
        waited[#waited + 1] = tenant
        break
      end
      local ref = redis.call('LPOP', 'mta:q:' .. lane .. ':' .. tenant)
      if not ref then
        redis.call('ZREM', 'mta:turn:' .. lane, tenant)
        break
      end
      local claim = take(lane, tenant, ref)
      if claim then
        keep_level(lane, waited, turn[n + 1])
        return claim
      end
    end
  end
end
return false
