-- Give batches up. ARGV: process, `close` (a paused mailing: the product feeds it again) or `queue` (somebody else shall go on), ref…
insist()
for i = 3, #ARGV do
  local ref = ARGV[i]
  if redis.call('HGET', 'mta:batch:' .. ref, 'owner') == ARGV[1] then
    redis.call('HDEL', 'mta:lease:' .. ARGV[1], ref)
    if ARGV[2] == 'close' then close(ref) else requeue(ref, true) end
  end
end
return 1
