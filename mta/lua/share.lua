-- What the processes that send to the same destinations agree on. ARGV: process, then for each destination its key, the
-- seconds it is paused for, how long ago it asked for that, how often in a row, and why. Returns for each {users, rank, seconds, times, why}.
local SILENT = 3
local process, now = ARGV[1], seconds()
insist()
local shares = {}
for i = 2, #ARGV, 5 do
  local users, slow = 'mta:users:' .. ARGV[i], 'mta:slow:' .. ARGV[i]
  redis.call('HSET', users, process, string.format('%.3f', now))
  redis.call('EXPIRE', users, 60)
  local rank, count, seen = 0, 0, redis.call('HGETALL', users)
  for j = 1, #seen, 2 do
    if tonumber(seen[j + 1]) < now - SILENT then
      redis.call('HDEL', users, seen[j])
    else
      count = count + 1
      if seen[j] < process then rank = rank + 1 end
    end
  end
  local told = redis.call('HMGET', slow, 'until', 'times', 'why', 'at')
  local flushed = tonumber(redis.call('HGET', 'mta:orders', 'flush:' .. ARGV[i]) or 0)
  local left = 0
  if told[1] and tonumber(told[4]) > flushed then left = math.max(0, tonumber(told[1]) - now) end
  local wait, at, times, why = tonumber(ARGV[i + 1]), now - tonumber(ARGV[i + 2]), told[2], told[3]
  if wait > left + 0.5 and at > flushed then
    left, times, why = wait, ARGV[i + 3], ARGV[i + 4]
    redis.call('HSET', slow, 'until', string.format('%.3f', now + wait), 'times', times, 'why', why, 'at', at)
    redis.call('EXPIRE', slow, math.ceil(wait) + 1)
  end
  shares[#shares + 1] = {count, rank, tostring(left), tonumber(times or 0), why or ''}
end
return shares
