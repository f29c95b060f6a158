# Commands for redis-server: strings, hashes and lists come, change and are unlinked (freed by a background thread).
BEGIN {
  for (i = 0; i < count; i++) {
    print "SET key" roll(3000) " " sentence(1 + roll(20))
    print "HSET hash" roll(60) " " word() " " sentence(2) " " word() " " roll(1000)
    print "RPUSH list" roll(40) " " sentence(4)
    print "SADD set" roll(30) " " word() " " word()
    if (i % 20 == 0) print "UNLINK hash" roll(60) " list" roll(40) " set" roll(30)
    if (i % 500 == 0) print "SORT list" roll(40) " ALPHA LIMIT 0 3"
  }
  print "FLUSHALL ASYNC"
}
