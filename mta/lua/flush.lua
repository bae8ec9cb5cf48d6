-- Let who was deferred be tried again now, a thousand batches at a time. ARGV: tenant or '', destination or '*', how many
-- batches to pass over. Returns how many to pass over next time, or -1 at the end.
local tenant, whom, skip = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = seconds()
local refs = redis.call('ZRANGEBYSCORE', 'mta:due', '(' .. now, '+inf', 'LIMIT', skip, 1000)
for _, ref in ipairs(refs) do
  if tenant == '' or parts(ref) == tenant then
    redis.call('HSET', 'mta:batch:' .. ref, 'flush', whom)
    redis.call('ZADD', 'mta:due', now, ref)
  else
    skip = skip + 1
  end
end
return #refs == 1000 and skip or -1
