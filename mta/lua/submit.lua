-- Open a batch and queue it. ARGV: wake channel, lane, ref, payload, seq… Returns 1, or 0 where there is nothing to do.
local channel, lane, ref, payload = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local hash = 'mta:batch:' .. ref
if redis.call('EXISTS', hash) == 1 then return 0 end

local left = #ARGV - 4
local load = left
if redis.call('EXISTS', 'mta:done:' .. ref) == 1 or redis.call('EXISTS', 'mta:retry:' .. ref) == 1 then
  local done = redis.call('SMISMEMBER', 'mta:done:' .. ref, unpack(ARGV, 5))
  local retry = redis.call('HMGET', 'mta:retry:' .. ref, unpack(ARGV, 5))
  for i = 1, #done do
    if done[i] == 1 then left = left - 1 end
    if done[i] == 1 or retry[i] then load = load - 1 end
  end
end
if left == 0 then return 0 end

local tenant, mailing, batch = parts(ref)
redis.call('HSET', hash, 'p', payload, 'lane', lane, 'left', left, 'load', load, 'since', seconds())
redis.call('PERSIST', 'mta:retry:' .. ref)
count('mta:later', tenant, redis.call('HLEN', 'mta:retry:' .. ref))
redis.call('SADD', 'mta:open:' .. tenant .. ':' .. mailing, batch)
count('mta:backlog:' .. lane, tenant, load)
enqueue(lane, ref)
redis.call('PUBLISH', channel, lane)
return 1
