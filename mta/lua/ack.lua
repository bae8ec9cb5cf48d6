-- Outcomes are stored for good: they leave the stream. ARGV: id…
-- A script, since Redis that is short of memory refuses whole transactions, and this is what makes room.
redis.call('XACK', 'mta:outcomes', 'ingest', unpack(ARGV))
redis.call('XDEL', 'mta:outcomes', unpack(ARGV))
return 1
