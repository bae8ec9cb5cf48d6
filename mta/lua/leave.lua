-- A process ends: somebody else goes on with what it holds. ARGV: process, wake channel.
insist()
clear_lease(ARGV[1])
redis.call('PUBLISH', ARGV[2], 'leave')
return 1
