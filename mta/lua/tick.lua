-- Heartbeat. ARGV: process, wake channel, seconds after which a silent process is dead (0: judge nobody), its state, n refs,
-- ref…, `tenant:mailing`…
-- Queues what is due and what the dead held. Returns {refs no longer this process's, controls of the mailings, refs that this
-- process has without knowing, since the answer to its claim was lost, the operator's orders}.
local process, channel, silence, state, held = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
insist()
local now = seconds()
local queued = 0
redis.call('ZADD', 'mta:alive', now, process)
redis.call('SET', 'mta:status:' .. process, state, 'EX', 10)

if silence > 0 then
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', 'mta:alive', '-inf', now - silence)) do
    clear_lease(dead)
    queued = queued + 1
  end
end

for _, ref in ipairs(redis.call('ZRANGEBYSCORE', 'mta:due', '-inf', now, 'LIMIT', 0, 200)) do
  redis.call('ZREM', 'mta:due', ref)
  requeue(ref)
  queued = queued + 1
end
if queued > 0 then redis.call('PUBLISH', channel, 'tick') end

local lost, controls, known, orphans = {}, {}, {}, {}
for i = 6, 5 + held do
  known[ARGV[i]] = true
  if redis.call('HGET', 'mta:batch:' .. ARGV[i], 'owner') ~= process then lost[#lost + 1] = ARGV[i] end
end
for i = 6 + held, #ARGV do
  controls[#controls + 1] = redis.call('GET', 'mta:control:' .. ARGV[i]) or 'running'
end
for _, ref in ipairs(redis.call('HKEYS', 'mta:lease:' .. process)) do
  if not known[ref] then orphans[#orphans + 1] = ref end
end
return {lost, controls, orphans, redis.call('HGETALL', 'mta:orders')}
