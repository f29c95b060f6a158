-- Everyday SQL: inserts, indexes, joins, updates, deletes, a recursive query and long strings.
.read people.sql
create index people_city on people(city, age);
create table visits as select a.id as guest, b.id as host from people a join people b on b.id = (a.id * 7919) % 4000 + 1;
select city, count(*), avg(age), max(name) from people group by city order by 2 desc limit 5;
select h.city, count(distinct v.guest) from visits v join people h on h.id = v.host group by h.city having count(*) > 20 order by 1 limit 5;
update people set note = upper(note) || ' ' || name where age < 30;
delete from people where id % 3 = 0;
with recursive chain(id, depth) as (
  select 1, 0 union all select v.host, depth + 1 from chain c join visits v on v.guest = c.id where depth < 3000
)
select count(*), sum(id) from chain;
select substr(note, 1, 20), length(group_concat(name, ',')) from people group by substr(note, 1, 2) order by 2 desc limit 5;
