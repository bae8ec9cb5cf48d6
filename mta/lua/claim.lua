-- Take the next batch: lanes in order, inside a lane the tenant that was served least. ARGV: process.
-- Returns {ref, payload, control, done seqs, retry hash, Redis's time} or false.
local process = ARGV[1]
local now = seconds()
redis.call('ZADD', 'mta:alive', now, process)

-- A tenant with a rate waits until its last batch is paid for.
local function must_wait(lane, tenant)
  return lane ~= 'recall' and tonumber(redis.call('GET', 'mta:paid:' .. tenant) or 0) > now
end

local function pay(tenant, count)
  local hourly = tonumber(redis.call('HGET', 'mta:rates', tenant) or 0)
  if hourly > 0 then
    local seconds_each = 3600 / hourly
    redis.call('SET', 'mta:paid:' .. tenant, string.format('%.3f', now + count * seconds_each),
               'PX', math.ceil(count * seconds_each * 1000))
  end
end

local function take(lane, tenant, ref)
  local hash = 'mta:batch:' .. ref
  local batch = redis.call('HMGET', hash, 'at', 'p', 'left', 'load')
  if batch[1] ~= 'queue:' .. lane then return nil end  -- it was recalled or closed since
  local _, mailing = parts(ref)
  redis.call('ZINCRBY', 'mta:turn:' .. lane, batch[3], tenant)
  if lane ~= 'recall' then pay(tenant, tonumber(batch[4])) end
  redis.call('HSET', hash, 'at', 'held', 'owner', process)
  redis.call('HSET', 'mta:lease:' .. process, ref, lane)
  return {ref, batch[2], redis.call('GET', 'mta:control:' .. tenant .. ':' .. mailing),
          redis.call('SMEMBERS', 'mta:done:' .. ref), redis.call('HGETALL', 'mta:retry:' .. ref), tostring(now)}
end

for _, lane in ipairs(LANES) do
  for _, tenant in ipairs(redis.call('ZRANGE', 'mta:turn:' .. lane, 0, -1)) do
    while not must_wait(lane, tenant) do
      local ref = redis.call('LPOP', 'mta:q:' .. lane .. ':' .. tenant)
      if not ref then
        redis.call('ZREM', 'mta:turn:' .. lane, tenant)
        break
      end
      local claim = take(lane, tenant, ref)
      if claim then return claim end
    end
  end
end
return false
