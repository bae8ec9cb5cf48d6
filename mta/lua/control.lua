-- Pause, resume or cancel a mailing. ARGV: control channel, tenant, mailing, state.
-- What nobody holds goes to the lane `recall`, which is served before all: whoever claims it gives it up.
local channel, tenant, mailing, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
insist()
local key = 'mta:control:' .. tenant .. ':' .. mailing
if state == 'running' then
  redis.call('DEL', key)
else
  redis.call('SET', key, state, 'EX', 5 * WEEK)
  for _, batch in ipairs(redis.call('SMEMBERS', 'mta:open:' .. tenant .. ':' .. mailing)) do
    local ref = tenant .. ':' .. mailing .. ':' .. batch
    local at = redis.call('HGET', 'mta:batch:' .. ref, 'at')
    if at and at ~= 'held' and at ~= 'queue:recall' then
      redis.call('ZREM', 'mta:due', ref)
      enqueue('recall', ref)
    end
  end
end
redis.call('PUBLISH', channel, tenant .. ':' .. mailing .. ':' .. state)
return 1
