1
1 + 1
7 / 2
-7 / 2
7 % 3
-7 % 3
7 / 2.0
7.0 / 2
1 / 3.0
2 / 3::numeric
10.0 / 3.0
100.0 * 1 / 3
100 * 5 / 7
round(100.0 * 5 / 7, 2)
round(2.5)
round(-2.5)
round(2.5::float8)
round(3.5::float8)
round(1234.567, -2)
trunc(1234.567, 1)
trunc(-1.9)
ceil(1.2)
ceil(-1.2)
floor(-1.2)
abs(-5)
sign(-3.2)
mod(10, 3)
power(2, 10)
power(2.0, 3)
2 ^ 10
2.5 ^ 2
sqrt(2)
sqrt(2.0)
exp(1.0)
ln(10.0)
log(100)
log(100.0)
1e3
1.5e-3
1.10 + 2.2
1.10 * 2.20
0.1 + 0.2
0.1::float8 + 0.2::float8
1::float8 / 3
1::float4 / 3
1e15::float8
1e16::float8
123456789012345678::float8
0.0001::float8
0.00001::float8
'NaN'::float8
'infinity'::float8
1/0
1.0/0
1::float8/0
2147483647 + 1
2147483647::bigint + 1
9223372036854775807 + 1
32767::int2 + 1::int2
5::int2 * 2::int4
5::int4 * 2::int8
5::int8 * 2.5
5::int4 * 2.5::float8
3.7::int
-3.7::int
3.5::float8::int
2.5::float8::int
'42'::int
' 42 '::int
'4x2'::int
'99999999999'::int
''::int
true::int
0::bool
'yes'::bool
'maybe'::bool
12345.678::numeric(10,2)
12345.678::numeric(4,2)
'abc'::varchar(2)
'abc'::char(5) || 'x'
'abc'::"char"
length('abc'::char(10))
'a' || 'b'
'a' || 1
1 || 'a'
'a' || null
null || 'a'
concat('a', null, 1, true)
concat_ws('-', 'a', null, 'b')
'abc' < 'abd'
'a' = 'a '
'abc' like 'a%'
'abc' like '_b_'
'abc' ilike 'A%'
'abc' not like 'b%'
'a%c' like 'a\%c'
'abc' ~ '^a.c$'
'ABC' ~* 'b'
'abc' !~ 'x'
'abc' similar to '(a|b)%'
'foobar' ~ 'o{2}'
'a.b' ~ 'a\.b'
'word1 word2' ~ '\mword2\M'
regexp_replace('foobarbaz', 'b..', 'X')
regexp_replace('foobarbaz', 'b..', 'X', 'g')
regexp_replace('foobarbaz', 'b(..)', 'X\1Y', 'g')
regexp_match('foobarbequebaz', '(bar)(beque)')
regexp_split_to_array('hello world foo', '\s+')
substring('foobar' from 'o.b')
substring('foobar' from 'o(.)b')
substring('foobar' from 2 for 3)
substring('foobar', 4)
substr('foobar', -1, 4)
left('abcde', 2)
left('abcde', -2)
right('abcde', 2)
right('abcde', -2)
lpad('7', 3, '0')
rpad('ab', 5, 'xy')
lpad('abcdef', 3)
trim('  x  ')
trim(both 'x' from 'xxaxx')
ltrim('xxa', 'x')
rtrim('axx', 'x')
upper('abc')
lower('ABC')
initcap('hello world foo-bar')
reverse('abc')
repeat('ab', 3)
replace('abcabc', 'b', 'X')
translate('12345', '143', 'ax')
position('b' in 'abc')
strpos('abc', 'c')
split_part('a,b,c', ',', 2)
split_part('a,b,c', ',', -1)
string_to_array('a,b,,c', ',')
string_to_array('a,b,,c', ',', '')
array_to_string(array[1,2,null,4], ',')
array_to_string(array[1,2,null,4], ',', '*')
md5('hello')
length('héllo')
octet_length('héllo')
ascii('A')
chr(65)
quote_ident('Foo')
quote_ident('foo')
quote_ident('select')
quote_literal('it''s')
quote_nullable(null)
format('%s is %s', 'x', 1)
format('%I.%I', 'public', 'My Table')
format('%L', 'it''s')
format('%-10s|', 'ab')
format('%10s|', 'ab')
format('%2$s %1$s', 'a', 'b')
overlay('abcdef' placing 'XX' from 2 for 3)
starts_with('abc', 'ab')
to_hex(255)
array[1,2,3]
array[1,2.5]
array['a','b']
array[[1,2],[3,4]]
array[1,2] || 3
0 || array[1,2]
array[1,2] || array[3]
array[1,2,3] @> array[2]
array[1,2] && array[2,3]
(array[1,2,3])[2]
(array[1,2,3])[5]
(array[1,2,3,4])[2:3]
(array[1,2,3,4])[:2]
array_length(array[1,2,3], 1)
array_length(array[]::int[], 1)
cardinality(array[[1,2],[3,4]])
array_dims(array[[1,2],[3,4]])
array_position(array['a','b','c'], 'b')
array_remove(array[1,2,1], 1)
array_append(array[1], 2)
array_prepend(0, array[1])
array_cat(array[1], array[2,3])
'{1,2,3}'::int[]
'{a,"b c",null}'::text[]
'{{1,2},{3,4}}'::int[]
array['a,b', 'c"d', '']
2 = any(array[1,2,3])
2 <> all(array[1,3])
2 = any('{1,2}')
1 in (1,2,3)
4 not in (1,2,3)
null in (1,2)
1 in (2, null)
1 between 0 and 2
1 not between 0 and 2
coalesce(null, 2)
coalesce(null, null, 'x')
nullif(1, 1)
nullif(1, 2)
greatest(1, 5, 3)
least('b', 'a')
greatest(1, null, 2)
greatest(1, 2.5)
case when 1 > 2 then 'a' else 'b' end
case 3 when 1 then 'one' when 3 then 'three' end
case when true then 1 else 2.5 end
case when false then 1 end
null is null
null = null
null is distinct from 1
1 is not distinct from 1
true and null
false and null
true or null
not null::bool
(1 > 2) is false
null::bool is unknown
(1, 2) = (1, 2)
(1, 2) < (1, 3)
row(1, 'a', null)
row(1, 2) is null
row(null, null) is null
interval '1 day'
interval '1 day 2 hours'
interval '90 minutes'
interval '1.5 days'
interval '1 month -1 day'
interval '1 year 2 months 3 days 04:05:06.789'
interval '-1 hour'
interval '3' hour
interval '1-2'
'2 weeks'::interval
'1 mon'::interval * 2
interval '1 day' * 1.5
interval '1 hour' / 3
interval '1 day' - interval '1 hour'
interval '30 days' = interval '1 month'
interval '1 day' > interval '23 hours'
justify_hours(interval '49 hours')
justify_days(interval '65 days')
justify_interval(interval '1 month -1 hour')
extract(epoch from interval '1 day 2 hours')
extract(epoch from interval '1.5 seconds')
extract(hour from interval '1 day 2 hours')
extract(day from interval '40 days 10 hours')
date_trunc('hour', interval '3 days 02:47:33')
make_interval(mins => 90)
make_interval(days => 1, hours => 2)
'2024-06-04'::date
'2024-06-04 15:00:01.25'::timestamp
'2024-06-04 15:00:01+02'::timestamptz
'2024-06-04T15:00:01Z'::timestamptz
'2024-13-04'::date
'2024-02-30'::date
'hello'::date
'2024-06-04'::date + 1
'2024-06-04'::date - '2024-05-01'::date
'2024-06-04'::date + interval '1 hour'
'2024-06-04 15:00'::timestamp - '2024-06-03 14:30'::timestamp
'2024-01-31'::date + interval '1 month'
'2024-06-04 15:00'::timestamp + interval '2 days'
timestamp '2024-06-04 15:00' - interval '90 minutes'
age(timestamp '2024-06-04', timestamp '2023-01-15')
age(timestamp '2024-06-04 12:00', timestamp '2024-06-01')
date_trunc('hour', timestamp '2024-06-04 15:45:30')
date_trunc('month', timestamp '2024-06-04 15:45:30')
date_trunc('week', timestamp '2024-06-04 15:45:30')
date_trunc('quarter', timestamptz '2024-06-04 15:45:30+00')
date_trunc('minute', '2024-06-04 15:45:30'::timestamptz)
date_trunc('fortnight', timestamp '2024-06-04')
extract(year from timestamp '2024-06-04')
extract(dow from date '2024-06-04')
extract(isodow from date '2024-06-09')
extract(doy from date '2024-06-04')
extract(week from date '2024-12-30')
extract(epoch from timestamptz '2024-06-04 15:00:00+00')
extract(second from timestamp '2024-06-04 15:00:30.5')
date_part('hour', timestamp '2024-06-04 15:00')
date_bin('15 minutes', timestamp '2024-06-04 15:37', timestamp '2024-06-04')
make_date(2024, 6, 4)
make_timestamp(2024, 6, 4, 15, 30, 1.5)
to_timestamp(1717513200)
to_timestamp(1717513200.5)
to_timestamp('2024-06-04 15:00', 'YYYY-MM-DD HH24:MI')
to_date('04/06/2024', 'DD/MM/YYYY')
timestamptz '2024-06-04 15:00:00+00' at time zone 'UTC'
timestamp '2024-06-04 15:00' at time zone 'UTC'
'15:04:05'::time
time '15:04' + interval '1 hour'
to_char(timestamp '2024-06-04 15:04:05.678', 'YYYY-MM-DD HH24:MI:SS.MS')
to_char(timestamp '2024-06-04 15:04:05', 'Dy DD Mon YYYY, HH12:MI AM')
to_char(timestamp '2024-06-04 03:04:05', 'FMDay, FMDDth FMMonth')
to_char(timestamp '2024-06-04', 'Day|Month|Q|WW|IW|DDD')
to_char(interval '3 hours 5 minutes', 'HH24:MI:SS')
to_char(interval '26 hours', 'HH24:MI')
to_char(1234567.891, '9,999,999.99')
to_char(1234567.891, 'FM9,999,999.99')
to_char(1234567, 'FM999,999,999')
to_char(0.5, '0.00')
to_char(0.5, 'FM0.0')
to_char(-5, '999')
to_char(12, '000')
to_char(12345, '999')
to_char(0.123, '9.99')
to_char(42, 'FM9990')
to_char(12.5, '99.9%')
to_char(-12.5, 'S99.9')
to_number('1,234.5', '9,999.9')
pg_size_pretty(0::bigint)
pg_size_pretty(1023::bigint)
pg_size_pretty(10239::bigint)
pg_size_pretty(10240::bigint)
pg_size_pretty(10485247::bigint)
pg_size_pretty(10485248::bigint)
pg_size_pretty(1234567890::bigint)
pg_size_pretty(-1234567::bigint)
pg_size_pretty(12345678901234::bigint)
pg_size_pretty(1234567.89::numeric)
pg_size_bytes('1 GB')
pg_size_bytes('1.5kB')
pg_typeof(1)
pg_typeof(1.5)
pg_typeof('x')
pg_typeof(now())
pg_typeof(array[1])
pg_typeof(1::bigint * 2.0)
pg_typeof(sum(1))
pg_typeof(sum(1::bigint))
pg_typeof(avg(1))
pg_typeof(count(*))
pg_typeof(current_date - 1)
pg_typeof(interval '1 day' / 2)
pg_typeof(1::real + 1)
pg_typeof(coalesce(1, 2.5))
format_type(1043, 14)
format_type(1700, 655366)
format_type(23, null)
'pg_class'::regclass
'pg_catalog.pg_class'::regclass::oid
1259::regclass
'int4'::regtype
'nosuch'::regclass
to_regclass('nosuch')
to_regclass('pg_class')
'16/B374D848'::pg_lsn - '16/B3740000'::pg_lsn
pg_wal_lsn_diff('16/B374D848', '16/B3740000')
'16/B374D848'::pg_lsn > '16/B3740000'::pg_lsn
'192.168.1.5'::inet
'192.168.1.5/24'::inet
host('192.168.1.5/24'::inet)
'10.0.0.1'::inet::text
'{"a": 1, "b": [1, 2]}'::json -> 'b'
'{"a": 1, "b": [1, 2]}'::jsonb -> 'b' -> 0
'{"a": {"b": "x"}}'::jsonb #>> '{a,b}'
'{"a": "x"}'::jsonb ->> 'a'
'{"b": 1, "a": 2, "aa": 3}'::jsonb
'{"a": 1}'::jsonb ? 'a'
'{"a": 1, "b": 2}'::jsonb @> '{"a": 1}'
jsonb_build_object('a', 1, 'b', array[1,2])
json_build_object('a', 1, 'b', null)
json_build_array(1, 'a', null)
to_jsonb(row(1, 'a'))
jsonb_array_length('[1,2,3]')
jsonb_typeof('{"a":1}')
'not json'::json
generate_series(1, 3)
unnest(array['a','b'])
sum(1)
count(*)
min('a')
string_agg('x', ',')
bool_and(true)
array_agg(1)
nosuchfunction(1)
upper(1)
length(42)
abs('x')
1 + true
'a' < 1
date '2024-06-04' + time '10:00'
sum('a')
lower(null)
1::text || 2::text
(select 1 union all select 2 order by 1 desc limit 1)
exists (select 1 where false)
array(select generate_series(1, 3))
(select max(x) from (values (1), (3), (2)) v(x))
(values (1))
1 = 1.0
1::bigint = 1::int
'1' = 1
'{"a":1}'::jsonb = '{"a": 1}'::jsonb
5 & 3
5 | 3
5 # 3
1 << 4
256 >> 2
@ -5
|/ 16.0
num_nulls(1, null, 2)
width_bucket(5.5, 0, 10, 5)
div(7, 2)
gcd(12, 18)
factorial(5)
'abc' collate "C" < 'B'
to_char(timestamp '2024-06-04 15:07:09.5', 'Dy, DD Mon YYYY HH12:MI:SS.MS AM')
to_char(timestamp '2024-06-04 15:07:09.5', 'FMDay FMDDth Month IYYY-IW')
to_char(interval '3 days 04:05:06', 'DD HH24:MI:SS')
to_char(1234567.891, 'FM999,999,990.00')
to_char(-12.5, '999.99')
to_char(0.05, '990.99%')
to_char(42, '0000')
'{}'::text[] COLLATE "C"
'abc'::text COLLATE "C" < 'abd'
pg_lsn '16/B374D848' - pg_lsn '16/B374D800'
regclass 'pg_class'
null isnull
1 notnull
extract('epoch' from interval '1 hour 1 second')
extract(epoch from timestamptz '2024-06-04 12:00:00Z')
timestamptz '1970-01-01Z'
timestamptz '2024-06-04 12:00:00+02'
interval '90 minutes' / 2
justify_interval(interval '36 hours')
date_trunc('quarter', timestamp '2024-06-04 15:07:09')
date_part('dow', timestamp '2024-06-04')
age(timestamp '2024-06-04', timestamp '2023-01-31')
timestamp '2024-01-31' + interval '1 month'
make_interval(hours => 5, mins => 30)
'1 2 3'::int2vector::int[]
('1 2 3'::int2vector)[0]
array_length('1 2'::int2vector, 1)
array_to_string(array[1, null, 3], ',', '*')
array_position(array['a', 'b', 'c'], 'b')
array_remove(array[1, 2, 1], 1)
array[1, 2] || array[3]
(array[1, 2, 3, 4])[2:3]
array[1, 2, 3] @> array[2]
array[1, 2] && array[2, 3]
cardinality(array[[1, 2], [3, 4]])
regexp_replace('foo bar baz', '\s+', ' ', 'g')
regexp_replace('abc123', '[0-9]+', '<\&>')
(regexp_match('pid=123 user=web', 'pid=(\d+)'))[1]
regexp_count('banana', 'an')
regexp_substr('order 42 of 99', '\d+')
substring('postgres' from 'o..g')
split_part('a.b.c', '.', -1)
format('%I.%I = %L', 'public', 'Odd Name', 'it''s')
format('%-10s|%5s|', 'ab', 12)
concat_ws(', ', 'a', null, 'b')
lpad('7', 3, '0') || rpad('x', 3, '.')
reverse('abc') || initcap('hello world')
strpos('postgres', 'gre')
left('abcdef', -2) || right('abcdef', -2)
btrim('xxabcxx', 'x')
starts_with('orders_pkey', 'orders')
'%' || md5('abc')
round(2.5) + round(-2.5)
round(1234.5678, -2)
trunc(9.99, 1)
7 / 2 * 2.0
mod(-7, 3)
1.0 / 3
10::numeric / 4
width_bucket(35, 0, 100, 10)
greatest(1, null, 3)
coalesce(null, 'x')
nullif(1, 1) is null
row(1, 'a') = row(1, 'a')
1 is distinct from null
null in (1, null)
3 in (1, 2)
3 = any(array[1, 2, 3])
'abc' like 'a_c' and 'abc' ilike 'A%'
'{"a": [1, {"b": 2}]}'::jsonb #>> '{a,1,b}'
'{"a": 1}'::jsonb || '{"b": 2}'
jsonb_build_object('k', 1, 'l', array[1, 2])
jsonb_typeof('[1]')
jsonb_array_length('[1, 2, 3]')
to_jsonb(array['x', 'y'])
(select string_agg(x::text, ',' order by x desc) from generate_series(1, 5) x)
(select array_agg(x order by x) filter (where x % 2 = 0) from generate_series(1, 6) x)
(select percentile_cont(0.5) within group (order by x) from generate_series(1, 4) x)
(select percentile_disc(array[0.25, 0.75]) within group (order by x) from generate_series(1, 4) x)
(select mode() within group (order by x) from unnest(array[1, 2, 2, 3]) x)
(select count(*) from generate_series(timestamp '2024-06-04', timestamp '2024-06-05', interval '6 hours'))
(select sum(s) from (select sum(x) over (order by x rows between 1 preceding and current row) s from generate_series(1, 4) x) t)
(select lag(x, 2, 0) over (order by x) from generate_series(1, 3) x offset 2)
(select ntile(2) over (order by x) from generate_series(1, 4) x offset 3)
(with recursive t(n) as (select 1 union all select n * 2 from t where n < 100) select max(n) from t)
(select max(g) from (select grouping(a, b) g from (values (1, 2)) v(a, b) group by cube(a, b)) t)
(select x from (select 'a' union all select null) t(x) limit 1)
(select x from (select 1.5 union select null order by 1 nulls first) t(x) limit 1)
(select b from (select true union select 'f' order by 1) t(b) limit 1)
pg_size_pretty(1536 * 1024 * 1024::bigint)
pg_size_bytes('1.5 GB')
'0/0'::pg_lsn
'10'::int + '20'
12::text || 'x'
'5'::char(3) || '|'
1_000 + 1
bit_length('abc')
ascii('a') || chr(98)
current_schema
textin('x')
generate_series(1, 'a')
'abc'::int
1 + 'a'
now() + 1
nosuch(1)
substring('abc', 0, 2)
date '2024-02-30'
1 / 0
'{1,2'::int[]
array[1, 'a']
0x1F
0b101
0o17
encode('abc'::bytea, 'hex')
encode('\x0102'::bytea, 'base64')
decode('6162', 'hex')
decode('YWJj', 'base64')
encode(sha256('abc'::bytea), 'hex')
length('\x616263'::bytea)
'abc'::bytea
min_scale(1.500)
convert_from('\x616263'::bytea, 'UTF8')
encode('a'::bytea, 'nonsense')
decode('616', 'hex')
