-- How many more mails may leave from an address today (UTC, by this clock), over all machines.
-- ARGV: address, its first day (days since 1970), how many are wanted, the ceiling of each day from the first; after the
-- last one there is none. Returns {granted, seconds until tomorrow}.
local now = seconds()
local day = math.floor(now / 86400)
local first, wanted = tonumber(ARGV[2]), tonumber(ARGV[3])
local tomorrow = tostring((day + 1) * 86400 - now)
if day < first then return {0, tomorrow} end
local ceiling = tonumber(ARGV[4 + day - first])
if not ceiling then return {wanted, tomorrow} end
local key = 'mta:warm:' .. ARGV[1] .. ':' .. day
local granted = math.max(0, math.min(wanted, ceiling - tonumber(redis.call('GET', key) or 0)))
if granted > 0 then
  redis.call('INCRBY', key, granted)
  redis.call('EXPIRE', key, 172800)
end
return {granted, tomorrow}
