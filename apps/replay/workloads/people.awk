# Records of people as JSON lines, CSV or SQL, for jq, perl, python and sqlite3: -v count=N -v form=json|csv|sql
BEGIN {
  if (form == "sql") print "begin; create table people(id integer primary key, name text, city text, age int, note text);"
  for (id = 1; id <= count; id++) {
    name = word(); city = "city" roll(200); age = 1 + roll(99); note = sentence(roll(12) + 1)
    if (form == "json") printf "{\"id\":%d,\"name\":\"%s\",\"city\":\"%s\",\"age\":%d,\"tags\":[\"%s\",\"%s\"],\"note\":\"%s\"}\n", id, name, city, age, word(), word(), note
    else if (form == "csv") printf "%d,%s,%s,%d,%s\n", id, name, city, age, note
    else printf "insert into people values(%d,'%s','%s',%d,'%s');\n", id, name, city, age, note
  }
  if (form == "sql") print "commit;"
}
