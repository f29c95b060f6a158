# A server, a client that sends it the commands in redis.txt through one pipe, and an orderly end.
redis-server --unixsocket ./redis.sock --port 0 --save "" --io-threads 3 --io-threads-do-reads yes \
  --lazyfree-lazy-user-del yes --lazyfree-lazy-user-flush yes >redis.log 2>&1 &
until redis-cli -s ./redis.sock ping >ping.log 2>&1; do sleep 0.1; done
redis-cli -s ./redis.sock <redis.txt >replies.log
redis-cli -s ./redis.sock shutdown nosave
wait
