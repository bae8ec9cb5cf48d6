-- How many mails may go to a destination now, over all machines (GCRA, one second's worth at once).
-- ARGV: name, mails a minute, how many are wanted. Returns {granted, seconds until there is more}.
local key, rate, wanted = 'mta:rate:' .. ARGV[1], tonumber(ARGV[2]) / 60, tonumber(ARGV[3])
local now = seconds()
local burst = math.max(1, rate)
local at = math.max(tonumber(redis.call('GET', key) or 0), now - burst / rate)
local granted = math.min(wanted, math.floor((now - at) * rate + 0.000001))
at = at + granted / rate
if granted > 0 then redis.call('SET', key, string.format('%.6f', at), 'EX', 120) end
return {granted, tostring(math.max(0.05, at + 1 / rate - now))}
