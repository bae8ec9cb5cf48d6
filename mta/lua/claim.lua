-- Take the next batch: lanes in order, inside a lane the tenant that was served least. ARGV: process.
-- Returns {ref, payload, control, done seqs, retry hash, Redis's time} or false.
local process = ARGV[1]
redis.call('ZADD', 'mta:alive', seconds(), process)
for _, lane in ipairs(LANES) do
  local turn = 'mta:turn:' .. lane
  while true do
    local tenant = redis.call('ZRANGE', turn, 0, 0)[1]
    if not tenant then break end
    local ref = redis.call('LPOP', 'mta:q:' .. lane .. ':' .. tenant)
    if not ref then
      redis.call('ZREM', turn, tenant)
    else
      local hash = 'mta:batch:' .. ref
      local batch = redis.call('HMGET', hash, 'at', 'p', 'left')
      if batch[1] == 'queue:' .. lane then  -- else it was recalled or closed since
        local _, mailing = parts(ref)
        redis.call('ZINCRBY', turn, batch[3], tenant)
        redis.call('HSET', hash, 'at', 'held', 'owner', process)
        redis.call('HSET', 'mta:lease:' .. process, ref, lane)
        return {ref, batch[2], redis.call('GET', 'mta:control:' .. tenant .. ':' .. mailing),
                redis.call('SMEMBERS', 'mta:done:' .. ref), redis.call('HGETALL', 'mta:retry:' .. ref), tostring(seconds())}
      end
    end
  end
end
return false
