-- activity: what runs now, longest first
SELECT pid, now() - query_start AS duration, state, wait_event_type, wait_event, left(query, 60) AS query
FROM pg_stat_activity
WHERE state <> 'idle' AND pid <> pg_backend_pid()
ORDER BY duration DESC;

-- activity: everything but idle, all columns
SELECT * FROM pg_stat_activity WHERE state != 'idle' ORDER BY pid;

-- activity: connections by state
SELECT state, count(*) FROM pg_stat_activity GROUP BY state ORDER BY count(*) DESC, state;

-- activity: connections by user, application and state
SELECT usename, application_name, state, count(*) AS n,
       max(now() - state_change) AS longest
FROM pg_stat_activity
WHERE backend_type = 'client backend'
GROUP BY usename, application_name, state
ORDER BY n DESC, 1, 2, 3;

-- activity: connections by client address
SELECT coalesce(host(client_addr), 'local') AS client, count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1 ORDER BY 2 DESC, 1;

-- activity: used against max_connections
SELECT max_conn, used, res_for_super, max_conn - used - res_for_super AS res_for_normal
FROM (SELECT count(*) used FROM pg_stat_activity) t1,
     (SELECT setting::int res_for_super FROM pg_settings WHERE name = $$superuser_reserved_connections$$) t2,
     (SELECT setting::int max_conn FROM pg_settings WHERE name = $$max_connections$$) t3;

-- activity: share of connections in use
SELECT round(100.0 * (SELECT count(*) FROM pg_stat_activity) / current_setting('max_connections')::int, 2) AS pct_used;

-- activity: long-running queries over five minutes
SELECT
  pid,
  now() - pg_stat_activity.query_start AS duration,
  query,
  state
FROM pg_stat_activity
WHERE (now() - pg_stat_activity.query_start) > interval '5 minutes';

-- activity: longest transactions
SELECT pid, usename, datname, xact_start, age(clock_timestamp(), xact_start) AS xact_age, state, query
FROM pg_stat_activity
WHERE xact_start IS NOT NULL
ORDER BY xact_start ASC
LIMIT 10;

-- activity: idle in transaction
SELECT pid, usename, client_addr, extract(epoch FROM now() - state_change)::int AS idle_seconds, left(query, 40) AS last_query
FROM pg_stat_activity
WHERE state IN ('idle in transaction', 'idle in transaction (aborted)')
ORDER BY idle_seconds DESC;

-- activity: wait events, the poor man's profile
SELECT wait_event_type, wait_event, count(*)
FROM pg_stat_activity
WHERE state = 'active'
GROUP BY 1, 2
ORDER BY 3 DESC, 1, 2;

-- activity: wait events or CPU
SELECT coalesce(wait_event_type || ':' || wait_event, 'CPU') AS wait, count(*) AS sessions,
       round(count(*) * 100.0 / sum(count(*)) OVER (), 1) AS pct
FROM pg_stat_activity
WHERE state = 'active' AND backend_type = 'client backend'
GROUP BY 1 ORDER BY 2 DESC, 1;

-- activity: sessions that hold back vacuum
SELECT pid, datname, usename, state, backend_xmin, backend_xid, age(backend_xmin) AS xmin_age
FROM pg_stat_activity
WHERE backend_xmin IS NOT NULL OR backend_xid IS NOT NULL
ORDER BY greatest(age(backend_xmin), age(backend_xid)) DESC;

-- activity: background processes
SELECT backend_type, count(*) FROM pg_stat_activity GROUP BY backend_type ORDER BY backend_type;

-- activity: same query run by many sessions
SELECT left(regexp_replace(query, '\s+', ' ', 'g'), 50) AS q, count(*) AS c, min(query_start) AS oldest
FROM pg_stat_activity
WHERE state = 'active'
GROUP BY 1
HAVING count(*) >= 1
ORDER BY c DESC, q
LIMIT 5;

-- activity: one line a session, formatted
SELECT format('%s %s@%s [%s] %s', pid, usename, datname, state, to_char(now() - query_start, 'HH24:MI:SS')) AS line
FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY pid;

-- activity: queries younger than a minute with FILTER
SELECT count(*) FILTER (WHERE state = 'active') AS active,
       count(*) FILTER (WHERE state = 'idle') AS idle,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_tx,
       count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
FROM pg_stat_activity WHERE backend_type = 'client backend';

-- activity: who am I
SELECT current_user, session_user, current_database(), pg_backend_pid() > 0 AS has_pid, inet_server_port();

-- blocking: pg_blocking_pids
SELECT pid, pg_blocking_pids(pid) AS blocked_by, wait_event_type, left(query, 50) AS query
FROM pg_stat_activity
WHERE cardinality(pg_blocking_pids(pid)) > 0;

-- blocking: blocked and blocking side by side
SELECT blocked.pid AS blocked_pid, blocked.query AS blocked_query,
       blocking.pid AS blocking_pid, blocking.query AS blocking_query, blocking.state
FROM pg_stat_activity AS blocked
JOIN pg_stat_activity AS blocking ON blocking.pid = ANY (pg_blocking_pids(blocked.pid))
ORDER BY 1, 3;

-- blocking: the wiki's lock monitoring query
SELECT blocked_locks.pid     AS blocked_pid,
       blocked_activity.usename  AS blocked_user,
       blocking_locks.pid     AS blocking_pid,
       blocking_activity.usename AS blocking_user,
       blocked_activity.query    AS blocked_statement,
       blocking_activity.query   AS current_statement_in_blocking_process
FROM  pg_catalog.pg_locks         blocked_locks
JOIN pg_catalog.pg_stat_activity blocked_activity  ON blocked_activity.pid = blocked_locks.pid
JOIN pg_catalog.pg_locks         blocking_locks
    ON blocking_locks.locktype = blocked_locks.locktype
    AND blocking_locks.database IS NOT DISTINCT FROM blocked_locks.database
    AND blocking_locks.relation IS NOT DISTINCT FROM blocked_locks.relation
    AND blocking_locks.page IS NOT DISTINCT FROM blocked_locks.page
    AND blocking_locks.tuple IS NOT DISTINCT FROM blocked_locks.tuple
    AND blocking_locks.virtualxid IS NOT DISTINCT FROM blocked_locks.virtualxid
    AND blocking_locks.transactionid IS NOT DISTINCT FROM blocked_locks.transactionid
    AND blocking_locks.classid IS NOT DISTINCT FROM blocked_locks.classid
    AND blocking_locks.objid IS NOT DISTINCT FROM blocked_locks.objid
    AND blocking_locks.objsubid IS NOT DISTINCT FROM blocked_locks.objsubid
    AND blocking_locks.pid != blocked_locks.pid
JOIN pg_catalog.pg_stat_activity blocking_activity ON blocking_activity.pid = blocking_locks.pid
WHERE NOT blocked_locks.granted
ORDER BY 1, 3;

-- blocking: tree with a recursive query
WITH RECURSIVE activity AS (
  SELECT pid, pg_blocking_pids(pid) blocked_by, query, state, xact_start FROM pg_stat_activity WHERE pid <> pg_backend_pid()
), blockers AS (
  SELECT DISTINCT unnest(blocked_by) AS pid FROM activity
), tree AS (
  SELECT a.pid, 0 AS level, ARRAY[a.pid] AS path, a.query
  FROM activity a JOIN blockers b USING (pid)
  WHERE cardinality(a.blocked_by) = 0
  UNION ALL
  SELECT a.pid, t.level + 1, t.path || a.pid, a.query
  FROM activity a JOIN tree t ON t.pid = ANY (a.blocked_by)
  WHERE NOT a.pid = ANY (t.path)
)
SELECT repeat('  ', level) || pid AS tree, left(query, 40) AS query FROM tree ORDER BY path;

-- blocking: how many each session blocks
SELECT b.pid, b.state, b.usename, count(w.pid) AS victims
FROM pg_stat_activity w
CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS x(pid)
JOIN pg_stat_activity b ON b.pid = x.pid
GROUP BY 1, 2, 3
ORDER BY victims DESC;

-- locks: not granted
SELECT locktype, relation::regclass, mode, transactionid AS tid, virtualtransaction AS vtid, pid, granted
FROM pg_locks WHERE NOT granted;

-- locks: by mode
SELECT mode, granted, count(*) FROM pg_locks GROUP BY mode, granted ORDER BY 1, 2;

-- locks: on user relations
SELECT l.pid, c.relname, l.mode, l.granted, a.state
FROM pg_locks l
JOIN pg_class c ON c.oid = l.relation
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE c.relnamespace = 'public'::regnamespace AND l.pid <> pg_backend_pid()
ORDER BY c.relname, l.pid, l.mode;

-- locks: waiting for how long
SELECT pid, locktype, relation::regclass::text AS rel, mode, now() - waitstart AS waiting FROM pg_locks WHERE waitstart IS NOT NULL ORDER BY waitstart;

-- locks: exclusive ones
SELECT t.relname, l.locktype, page, virtualtransaction, pid, mode, granted
FROM pg_locks l, pg_stat_all_tables t
WHERE l.relation = t.relid AND mode LIKE '%Exclusive%' AND pid <> pg_backend_pid()
ORDER BY relation ASC;

-- statements: by total time
SELECT calls, round(total_exec_time::numeric, 1) AS total_ms, round(mean_exec_time::numeric, 2) AS mean_ms, rows, left(query, 50) AS query
FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 10;

-- statements: by mean
SELECT (total_exec_time / 1000 / 60) AS total_minutes, mean_exec_time > 0 AS ran, calls, query
FROM pg_stat_statements ORDER BY 1 DESC LIMIT 5;

-- statements: share of the total
SELECT left(query, 40) AS short_query, calls,
       round((100 * total_exec_time / sum(total_exec_time) OVER ())::numeric, 2) AS percentage_overall
FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 20;

-- statements: cache misses
SELECT queryid <> 0 AS has_id, shared_blks_read, shared_blks_hit,
       100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0) AS hit_percent
FROM pg_stat_statements
ORDER BY shared_blks_read DESC, shared_blks_hit DESC LIMIT 5;

-- statements: temporary files
SELECT left(query, 30) AS q, temp_blks_written, pg_size_pretty(temp_blks_written * 8192) FROM pg_stat_statements WHERE temp_blks_written > 0 ORDER BY 2 DESC;

-- statements: with the role's name
SELECT r.rolname, d.datname, s.calls, s.rows, substring(s.query, 1, 40) AS query
FROM pg_stat_statements s
JOIN pg_roles r ON r.oid = s.userid
JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = current_database()
ORDER BY s.calls DESC, query LIMIT 10;

-- statements: when the statistics began
SELECT dealloc, stats_reset IS NOT NULL AS reset_known FROM pg_stat_statements_info;

-- tables: sequential scans
SELECT relname, seq_scan, seq_tup_read, idx_scan, seq_tup_read / nullif(seq_scan, 0) AS avg_rows
FROM pg_stat_user_tables
ORDER BY seq_tup_read DESC, relname LIMIT 10;

-- tables: missing indexes by scans
SELECT relname,
       seq_scan - coalesce(idx_scan, 0) AS too_much_seq,
       CASE WHEN seq_scan - coalesce(idx_scan, 0) > 0 THEN 'Missing Index?' ELSE 'OK' END,
       pg_relation_size(relname::regclass) AS rel_size, seq_scan, idx_scan
FROM pg_stat_all_tables
WHERE schemaname = 'public' AND pg_relation_size(relname::regclass) > 80000
ORDER BY too_much_seq DESC, relname;

-- tables: index usage rate
SELECT relname,
       CASE idx_scan
         WHEN 0 THEN 'Insufficient data'
         ELSE (100 * idx_scan / (seq_scan + idx_scan))::text
       END percent_of_times_index_used,
       n_live_tup rows_in_table
FROM pg_stat_user_tables
ORDER BY n_live_tup DESC;

-- tables: dead rows
SELECT schemaname, relname, n_live_tup, n_dead_tup,
       round(n_dead_tup * 100.0 / nullif(n_live_tup + n_dead_tup, 0), 2) AS dead_pct,
       last_vacuum, last_autovacuum, last_analyze, last_autoanalyze
FROM pg_stat_user_tables
ORDER BY n_dead_tup DESC, relname LIMIT 20;

-- tables: due for autovacuum
WITH vbt AS (SELECT setting AS autovacuum_vacuum_threshold FROM pg_settings WHERE name = 'autovacuum_vacuum_threshold'),
     vsf AS (SELECT setting AS autovacuum_vacuum_scale_factor FROM pg_settings WHERE name = 'autovacuum_vacuum_scale_factor')
SELECT '"' || ns.nspname || '"."' || c.relname || '"' AS relation,
       age(c.relfrozenxid) AS xid_age,
       (autovacuum_vacuum_threshold::float8 + autovacuum_vacuum_scale_factor::numeric * c.reltuples) AS autovacuum_vacuum_tuples,
       n_dead_tup AS dead_tuples,
       n_dead_tup > (autovacuum_vacuum_threshold::float8 + autovacuum_vacuum_scale_factor::numeric * c.reltuples) AS due
FROM pg_class c
JOIN pg_namespace ns ON ns.oid = c.relnamespace
JOIN pg_stat_all_tables stat ON stat.relid = c.oid
JOIN vbt ON (1 = 1) JOIN vsf ON (1 = 1)
WHERE c.relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY c.reltuples DESC, c.relname;

-- tables: writes since analyze
SELECT relname, n_mod_since_analyze, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd FROM pg_stat_user_tables ORDER BY n_mod_since_analyze DESC, relname;

-- tables: transaction id wraparound
SELECT c.oid::regclass AS table_name, greatest(age(c.relfrozenxid), age(t.relfrozenxid)) AS age
FROM pg_class c LEFT JOIN pg_class t ON c.reltoastrelid = t.oid
WHERE c.relkind IN ('r', 'm') AND c.relnamespace = 2200
ORDER BY 2 DESC, 1::text LIMIT 5;

-- tables: wraparound by database
SELECT datname, age(datfrozenxid), current_setting('autovacuum_freeze_max_age')::int AS freeze_max,
       round(age(datfrozenxid) * 100.0 / 2000000000, 2) || '%' AS used
FROM pg_database ORDER BY 2 DESC, 1;

-- sizes: largest relations
SELECT nspname || '.' || relname AS "relation", pg_size_pretty(pg_relation_size(C.oid)) AS "size"
FROM pg_class C
LEFT JOIN pg_namespace N ON (N.oid = C.relnamespace)
WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname !~ '^pg_toast'
ORDER BY pg_relation_size(C.oid) DESC, 1
LIMIT 20;

-- sizes: tables with indexes and toast
SELECT *, pg_size_pretty(total_bytes) AS total, pg_size_pretty(index_bytes) AS index, pg_size_pretty(toast_bytes) AS toast, pg_size_pretty(table_bytes) AS table
FROM (
  SELECT *, total_bytes - index_bytes - coalesce(toast_bytes, 0) AS table_bytes FROM (
    SELECT nspname AS table_schema, relname AS table_name, c.reltuples AS row_estimate,
           pg_total_relation_size(c.oid) AS total_bytes, pg_indexes_size(c.oid) AS index_bytes,
           pg_total_relation_size(reltoastrelid) AS toast_bytes
    FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE relkind = 'r' AND nspname = 'public'
  ) a
) a ORDER BY total_bytes DESC;

-- sizes: database
SELECT pg_database.datname, pg_size_pretty(pg_database_size(pg_database.datname)) AS size FROM pg_database ORDER BY pg_database_size(pg_database.datname) DESC, 1;

-- sizes: whole schema
SELECT schemaname, pg_size_pretty(sum(pg_total_relation_size(quote_ident(schemaname) || '.' || quote_ident(tablename)))::bigint) AS size
FROM pg_tables GROUP BY schemaname HAVING schemaname = 'public';

-- sizes: one table
SELECT pg_size_pretty(pg_relation_size('orders')), pg_size_pretty(pg_table_size('orders')), pg_size_pretty(pg_indexes_size('orders')), pg_size_pretty(pg_total_relation_size('orders'));

-- indexes: never scanned
SELECT s.schemaname, s.relname AS tablename, s.indexrelname AS indexname, pg_size_pretty(pg_relation_size(s.indexrelid)) AS index_size
FROM pg_catalog.pg_stat_user_indexes s
JOIN pg_catalog.pg_index i ON s.indexrelid = i.indexrelid
WHERE s.idx_scan = 0
  AND 0 <> ALL (i.indkey)
  AND NOT i.indisunique
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c WHERE c.conindid = s.indexrelid)
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits AS inh WHERE inh.inhrelid = s.indexrelid)
ORDER BY pg_relation_size(s.indexrelid) DESC, 3;

-- indexes: usage and size
SELECT t.schemaname, t.relname, c.reltuples::bigint AS num_rows, pg_size_pretty(pg_relation_size(c.oid)) AS table_size,
       psai.indexrelname AS index_name, pg_size_pretty(pg_relation_size(i.indexrelid)) AS index_size,
       CASE WHEN i.indisunique THEN 'Y' ELSE 'N' END AS "unique", psai.idx_scan AS number_of_scans
FROM pg_stat_user_tables t
LEFT JOIN pg_class c ON t.relid = c.oid
LEFT JOIN pg_index i ON c.oid = i.indrelid
LEFT JOIN pg_stat_all_indexes psai ON i.indexrelid = psai.indexrelid
WHERE t.relname IN ('orders', 'payments')
ORDER BY 1, 2, 5;

-- indexes: duplicates
SELECT pg_size_pretty(sum(pg_relation_size(idx))::bigint) AS size,
       (array_agg(idx))[1] AS idx1, (array_agg(idx))[2] AS idx2
FROM (
  SELECT indexrelid::regclass AS idx,
         (indrelid::text || E'\n' || indclass::text || E'\n' || indkey::text || E'\n' || coalesce(indexprs::text, '') || E'\n' || coalesce(indpred::text, '')) AS key
  FROM pg_index) sub
GROUP BY key HAVING count(*) > 1
ORDER BY sum(pg_relation_size(idx)) DESC;

-- indexes: redundant prefixes
SELECT a.indrelid::regclass AS tbl, a.indexrelid::regclass AS redundant, b.indexrelid::regclass AS covered_by
FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid
WHERE b.indkey::text LIKE a.indkey::text || ' %' AND a.indpred IS NULL AND b.indpred IS NULL AND NOT a.indisunique
  AND a.indrelid >= 16384
ORDER BY 1::text, 2::text;

-- indexes: invalid
SELECT indexrelid::regclass, indrelid::regclass, indisvalid, indisready FROM pg_index WHERE NOT indisvalid;

-- indexes: invalid, joined
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n, pg_catalog.pg_index i
WHERE (i.indisvalid = false OR i.indisready = false) AND i.indexrelid = c.oid AND c.relnamespace = n.oid AND n.nspname != 'pg_catalog' AND n.nspname != 'information_schema' AND n.nspname != 'pg_toast';

-- indexes: of one table
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'orders' ORDER BY indexname;

-- indexes: columns of each
SELECT t.relname AS table_name, i.relname AS index_name, array_to_string(array_agg(a.attname ORDER BY k.ord), ', ') AS column_names
FROM pg_class t
JOIN pg_index ix ON t.oid = ix.indrelid
JOIN pg_class i ON i.oid = ix.indexrelid
CROSS JOIN LATERAL unnest(ix.indkey) WITH ORDINALITY AS k(attnum, ord)
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
WHERE t.relkind = 'r' AND t.relname IN ('orders', 'inventory')
GROUP BY t.relname, i.relname
ORDER BY 1, 2;

-- indexes: the classic unnest-free way
SELECT i.relname AS index_name, a.attname AS column_name
FROM pg_class t, pg_class i, pg_index ix, pg_attribute a
WHERE t.oid = ix.indrelid AND i.oid = ix.indexrelid AND a.attrelid = t.oid
  AND a.attnum = ANY (ix.indkey) AND t.relkind = 'r' AND t.relname LIKE 'ship%'
ORDER BY t.relname, i.relname, a.attnum;

-- indexes: foreign keys without one
SELECT c.conrelid::regclass AS "table", string_agg(a.attname, ',' ORDER BY x.n) AS columns,
       pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(c.conrelid)) AS size, c.conname AS constraint, c.confrelid::regclass AS referenced_table
FROM pg_catalog.pg_constraint c
CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS x(attnum, n)
JOIN pg_catalog.pg_attribute a ON a.attnum = x.attnum AND a.attrelid = c.conrelid
WHERE NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_index i
    WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
      AND (i.indkey::smallint[])[0:cardinality(c.conkey)-1] OPERATOR(pg_catalog.@>) c.conkey)
  AND c.contype = 'f'
GROUP BY c.conrelid, c.conname, c.confrelid
ORDER BY pg_catalog.pg_relation_size(c.conrelid) DESC;

-- indexes: scans since statistics began
SELECT relname, indexrelname, idx_scan, idx_tup_read, idx_tup_fetch, pg_relation_size(indexrelid) AS bytes
FROM pg_stat_user_indexes ORDER BY idx_scan ASC, bytes DESC LIMIT 8;

-- indexes: partial and expression ones
SELECT c.relname, pg_get_expr(i.indpred, i.indrelid) AS predicate, i.indexprs IS NOT NULL AS has_expr
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND c.relnamespace = 2200 ORDER BY 1;

-- indexes: definitions by access method
SELECT am.amname, count(*), pg_size_pretty(sum(pg_relation_size(c.oid))) FROM pg_class c JOIN pg_am am ON am.oid = c.relam
WHERE c.relkind = 'i' AND c.relnamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1;

-- cache: hit ratio of tables
SELECT sum(heap_blks_read) AS heap_read, sum(heap_blks_hit) AS heap_hit,
       round(sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read), 0), 4) AS ratio
FROM pg_statio_user_tables;

-- cache: hit ratio of indexes
SELECT 'index hit rate' AS name, (sum(idx_blks_hit)) / nullif(sum(idx_blks_hit + idx_blks_read), 0) AS ratio FROM pg_statio_user_indexes
UNION ALL
SELECT 'table hit rate' AS name, sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read), 0) AS ratio FROM pg_statio_user_tables;

-- cache: by table
SELECT relname AS "relation", heap_blks_read AS heap_read, heap_blks_hit AS heap_hit,
       coalesce((heap_blks_hit * 100 / nullif(heap_blks_hit + heap_blks_read, 0)), 0) AS hit_percent
FROM pg_statio_user_tables ORDER BY heap_blks_read DESC, relname LIMIT 10;

-- cache: the database's
SELECT datname, blks_hit * 100.0 / nullif(blks_hit + blks_read, 0) AS cache_hit_ratio FROM pg_stat_database WHERE datname = current_database();

-- cache: what is in shared buffers
SELECT c.relname, count(*) > 0 AS cached
FROM pg_buffercache b JOIN pg_class c ON b.relfilenode = pg_relation_filenode(c.oid) AND b.reldatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
WHERE c.relnamespace = 2200
GROUP BY c.relname ORDER BY 1 LIMIT 5;

-- database: commits and rollbacks
SELECT datname, xact_commit, xact_rollback, deadlocks, conflicts, temp_files, pg_size_pretty(temp_bytes) AS temp FROM pg_stat_database WHERE datname NOT LIKE 'template%' ORDER BY 1;

-- database: list
SELECT d.datname AS "Name", pg_catalog.pg_get_userbyid(d.datdba) AS "Owner", pg_catalog.pg_encoding_to_char(d.encoding) AS "Encoding",
       CASE d.datlocprovider WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END AS "Locale Provider"
FROM pg_catalog.pg_database d ORDER BY 1;

-- server: version
SELECT current_setting('server_version_num')::int / 10000 AS major, version() LIKE 'PostgreSQL 18%' AS is_18;

-- server: uptime
SELECT date_trunc('second', now() - pg_postmaster_start_time()) AS uptime, pg_is_in_recovery();

-- settings: memory
SELECT name, setting, unit, source FROM pg_settings WHERE name IN ('shared_buffers', 'work_mem', 'maintenance_work_mem', 'effective_cache_size', 'wal_buffers') ORDER BY name;

-- settings: changed from the default
SELECT name, setting, boot_val, source FROM pg_settings WHERE source NOT IN ('default', 'override') AND setting IS DISTINCT FROM boot_val ORDER BY name;

-- settings: autovacuum
SELECT name, setting || coalesce(' ' || unit, '') AS value FROM pg_settings WHERE name LIKE 'autovacuum%' ORDER BY name;

-- settings: time-outs
SELECT name, setting, unit, context FROM pg_settings WHERE name ~ 'timeout$' ORDER BY 1;

-- settings: sizes worked out
SELECT name, pg_size_pretty(setting::bigint * CASE unit WHEN '8kB' THEN 8192 WHEN 'kB' THEN 1024 WHEN 'MB' THEN 1048576 ELSE 1 END) AS size
FROM pg_settings WHERE unit IN ('8kB', 'kB') AND name LIKE '%mem' OR name IN ('shared_buffers', 'effective_cache_size') ORDER BY 1;

-- settings: pending restart
SELECT name, setting FROM pg_settings WHERE pending_restart;

-- settings: random page cost and friends
SELECT name, setting FROM pg_settings WHERE category = 'Query Tuning / Planner Cost Constants' ORDER BY name;

-- checkpoints: frequency
SELECT num_timed, num_requested, CASE WHEN num_timed + num_requested > 0 THEN round(100.0 * num_requested / (num_timed + num_requested), 1) END AS pct_req, write_time, sync_time, buffers_written FROM pg_stat_checkpointer;

-- checkpoints: background writer
SELECT buffers_clean, maxwritten_clean, buffers_alloc FROM pg_stat_bgwriter;

-- io: by backend type
SELECT backend_type, object, context, reads, writes, hits FROM pg_stat_io WHERE coalesce(reads, 0) + coalesce(hits, 0) >= 0 AND backend_type = 'client backend' ORDER BY context;

-- wal: volume
SELECT wal_records >= 0 AS ok, pg_size_pretty(wal_bytes) IS NOT NULL AS has_size, wal_buffers_full FROM pg_stat_wal;

-- wal: position
SELECT pg_current_wal_lsn() IS NOT NULL AS lsn, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') > 0 AS positive, length(pg_walfile_name(pg_current_wal_lsn())) AS name_length;

-- replication: lag in bytes and time
SELECT application_name, client_addr, state, sync_state,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) AS replay_lag_bytes, replay_lag
FROM pg_stat_replication;

-- replication: slots
SELECT slot_name, slot_type, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS retained FROM pg_replication_slots;

-- replication: on a standby
SELECT CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) ELSE 0 END AS lag_seconds;

-- vacuum: progress
SELECT p.pid, p.datname, p.relid::regclass AS table_name, p.phase,
       round(100.0 * p.heap_blks_scanned / nullif(p.heap_blks_total, 0), 1) AS scanned_pct,
       round(100.0 * p.heap_blks_vacuumed / nullif(p.heap_blks_total, 0), 1) AS vacuumed_pct,
       p.index_vacuum_count, now() - a.xact_start AS elapsed
FROM pg_stat_progress_vacuum p JOIN pg_stat_activity a USING (pid);

-- vacuum: running autovacuum workers
SELECT pid, age(now(), xact_start), query FROM pg_stat_activity WHERE query LIKE 'autovacuum:%' ORDER BY xact_start;

-- index builds: progress
SELECT now()::time(0) AS at, a.query, p.phase, round(p.blocks_done / nullif(p.blocks_total, 0)::numeric * 100, 2) AS "% done",
       p.blocks_total, p.blocks_done, p.tuples_total, p.tuples_done, ai.schemaname, ai.relname, ai.indexrelname
FROM pg_stat_progress_create_index p
JOIN pg_stat_activity a ON p.pid = a.pid
LEFT JOIN pg_stat_all_indexes ai ON ai.relid = p.relid AND ai.indexrelid = p.index_relid;

-- analyze: progress
SELECT pid, relid::regclass, phase, sample_blks_scanned, sample_blks_total FROM pg_stat_progress_analyze;

-- statistics: of a column
SELECT attname, null_frac, n_distinct, correlation, avg_width FROM pg_stats WHERE schemaname = 'public' AND tablename = 'orders' ORDER BY attname;

-- statistics: most common values
SELECT attname, most_common_vals::text, most_common_freqs[1] AS top_share FROM pg_stats WHERE tablename = 'orders' AND attname = 'status';

-- statistics: histogram length
SELECT attname, array_length(histogram_bounds::text::text[], 1) AS buckets FROM pg_stats WHERE tablename = 'warehouses' AND histogram_bounds IS NOT NULL ORDER BY 1;

-- bloat: the short estimate
SELECT current_database(), schemaname, tblname, bs * tblpages AS real_size, est_tblpages >= 0 AS estimated
FROM (
  SELECT ceil(reltuples / ((bs - page_hdr) / tpl_size)) + ceil(toasttuples / 4) AS est_tblpages, tblpages, bs, schemaname, tblname
  FROM (
    SELECT (4 + tpl_hdr_size + tpl_data_size + (2 * ma)
            - CASE WHEN tpl_hdr_size % ma = 0 THEN ma ELSE tpl_hdr_size % ma END
            - CASE WHEN ceil(tpl_data_size)::int % ma = 0 THEN ma ELSE ceil(tpl_data_size)::int % ma END) AS tpl_size,
           heappages + toastpages AS tblpages, reltuples, toasttuples, bs, page_hdr, schemaname, tblname
    FROM (
      SELECT tbl.oid AS tblid, ns.nspname AS schemaname, tbl.relname AS tblname, tbl.reltuples, tbl.relpages AS heappages,
             coalesce(toast.relpages, 0) AS toastpages, coalesce(toast.reltuples, 0) AS toasttuples,
             current_setting('block_size')::numeric AS bs,
             CASE WHEN version() ~ 'mingw32' OR version() ~ '64-bit|x86_64|ppc64|ia64|amd64' THEN 8 ELSE 4 END AS ma,
             24 AS page_hdr,
             23 + CASE WHEN max(coalesce(s.null_frac, 0)) > 0 THEN (7 + count(s.attname)) / 8 ELSE 0::int END AS tpl_hdr_size,
             sum((1 - coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 0)) AS tpl_data_size
      FROM pg_attribute AS att
      JOIN pg_class AS tbl ON att.attrelid = tbl.oid
      JOIN pg_namespace AS ns ON ns.oid = tbl.relnamespace
      LEFT JOIN pg_stats AS s ON s.schemaname = ns.nspname AND s.tablename = tbl.relname AND s.inherited = false AND s.attname = att.attname
      LEFT JOIN pg_class AS toast ON tbl.reltoastrelid = toast.oid
      WHERE NOT att.attisdropped AND tbl.relkind IN ('r', 'm') AND ns.nspname = 'public' AND att.attnum > 0
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ) AS s
  ) AS s2
) AS s3
ORDER BY real_size DESC LIMIT 5;

-- bloat: the check_postgres style
WITH constants AS (SELECT current_setting('block_size')::numeric AS bs, 23 AS hdr, 4 AS ma),
bloat_info AS (
  SELECT ma, bs, schemaname, tablename,
         (datawidth + (hdr + ma - (CASE WHEN hdr % ma = 0 THEN ma ELSE hdr % ma END)))::numeric AS datahdr,
         (maxfracsum * (nullhdr + ma - (CASE WHEN nullhdr % ma = 0 THEN ma ELSE nullhdr % ma END))) AS nullhdr2
  FROM (
    SELECT schemaname, tablename, hdr, ma, bs, sum((1 - null_frac) * avg_width) AS datawidth, max(null_frac) AS maxfracsum,
           hdr + (SELECT 1 + count(*) / 8 FROM pg_stats s2 WHERE null_frac <> 0 AND s2.schemaname = s.schemaname AND s2.tablename = s.tablename) AS nullhdr
    FROM pg_stats s, constants GROUP BY 1, 2, 3, 4, 5
  ) AS foo
),
table_bloat AS (
  SELECT schemaname, tablename, cc.relpages, bs,
         ceil((cc.reltuples * ((datahdr + ma - (CASE WHEN datahdr % ma = 0 THEN ma ELSE datahdr % ma END)) + nullhdr2 + 4)) / (bs - 20::float)) AS otta
  FROM bloat_info
  JOIN pg_class cc ON cc.relname = bloat_info.tablename
  JOIN pg_namespace nn ON cc.relnamespace = nn.oid AND nn.nspname = bloat_info.schemaname AND nn.nspname <> 'information_schema'
)
SELECT 'table' AS type, schemaname, tablename AS object_name,
       round(CASE WHEN otta = 0 THEN 0.0 ELSE table_bloat.relpages / otta::numeric END, 1) AS bloat,
       CASE WHEN relpages < otta THEN '0' ELSE pg_size_pretty((bs * (table_bloat.relpages - otta)::bigint)::bigint) END AS waste
FROM table_bloat ORDER BY 1, 4 DESC, 3 LIMIT 5;

-- schema: columns
SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'orders' ORDER BY ordinal_position;

-- schema: tables
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name;

-- schema: constraints
SELECT constraint_name, constraint_type FROM information_schema.table_constraints WHERE table_name = 'orders' AND constraint_type <> 'CHECK' ORDER BY 1;

-- schema: foreign keys through information_schema
SELECT tc.table_name, kcu.column_name, ccu.table_name AS foreign_table_name, ccu.column_name AS foreign_column_name
FROM information_schema.table_constraints AS tc
JOIN information_schema.key_column_usage AS kcu ON tc.constraint_name = kcu.constraint_name AND tc.table_schema = kcu.table_schema
JOIN information_schema.constraint_column_usage AS ccu ON ccu.constraint_name = tc.constraint_name
WHERE tc.constraint_type = 'FOREIGN KEY' AND tc.table_name IN ('orders', 'payments') ORDER BY 1, 2;

-- schema: constraints' definitions
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'order_items'::regclass AND contype <> 'n' ORDER BY conname;

-- schema: who references a table
SELECT conrelid::regclass AS referencing, conname, pg_get_constraintdef(oid, true) FROM pg_constraint WHERE confrelid = 'orders'::regclass ORDER BY 1::text;

-- schema: columns through pg_attribute
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attnum
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = 'public.payments'::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- schema: relations as psql lists them
SELECT n.nspname AS "Schema", c.relname AS "Name",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END AS "Type",
  pg_catalog.pg_get_userbyid(c.relowner) AS "Owner"
FROM pg_catalog.pg_class c
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.relkind IN ('r','p','')
      AND n.nspname <> 'pg_catalog'
      AND n.nspname !~ '^pg_toast'
      AND n.nspname <> 'information_schema'
  AND pg_catalog.pg_table_is_visible(c.oid)
ORDER BY 1,2;

-- roles: attributes
SELECT rolname, rolsuper, rolcanlogin, rolconnlimit FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1;

-- roles: memberships
SELECT r.rolname, ARRAY(SELECT b.rolname FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles b ON (m.roleid = b.oid) WHERE m.member = r.oid ORDER BY 1) AS memberof
FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1;

-- roles: rights of the on-call role
SELECT pg_has_role('pg_monitor', 'member') AS monitor, has_table_privilege('orders', 'select') AS can_read_orders, has_table_privilege('pg_class', 'select') AS can_read_catalog;

-- extensions
SELECT extname, extversion FROM pg_extension ORDER BY 1;

-- extensions: available
SELECT name, default_version, installed_version IS NOT NULL AS installed FROM pg_available_extensions ORDER BY name LIMIT 5;

-- window: running share of table sizes
SELECT relname, pg_size_pretty(pg_relation_size(oid)) AS size,
       round(100 * sum(pg_relation_size(oid)) OVER (ORDER BY pg_relation_size(oid) DESC, relname) / sum(pg_relation_size(oid)) OVER (), 1) AS running_pct
FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200 ORDER BY pg_relation_size(oid) DESC LIMIT 5;

-- window: rank of indexes in their table
SELECT relname, indexrelname, rank() OVER (PARTITION BY relname ORDER BY pg_relation_size(indexrelid) DESC) AS r
FROM pg_stat_user_indexes WHERE relname IN ('orders', 'carts') ORDER BY 1, 3, 2;

-- distinct on: largest index of each table
SELECT DISTINCT ON (relname) relname, indexrelname, pg_size_pretty(pg_relation_size(indexrelid)) AS size
FROM pg_stat_user_indexes ORDER BY relname, pg_relation_size(indexrelid) DESC, indexrelname LIMIT 6;

-- grouping sets: sizes by kind
SELECT relkind, relpersistence, count(*), grouping(relkind, relpersistence) AS g FROM pg_class WHERE relnamespace = 2200 GROUP BY GROUPING SETS ((relkind), (relpersistence), ()) ORDER BY g, 1, 2;

-- rollup
SELECT coalesce(relkind::text, 'all') AS kind, sum(relpages) AS pages FROM pg_class WHERE relnamespace = 2200 GROUP BY ROLLUP (relkind) ORDER BY 1;

-- set operations: tables without statistics
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200 EXCEPT SELECT tablename FROM pg_stats ORDER BY 1;

-- exists: tables with a partial index
SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indpred IS NOT NULL) ORDER BY 1;

-- correlated: number of indexes by table
SELECT relname, (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid) AS indexes FROM pg_class c WHERE relkind = 'r' AND relnamespace = 2200 ORDER BY 2 DESC, 1;

-- lateral: newest index of each table
SELECT c.relname, x.relname AS newest FROM pg_class c CROSS JOIN LATERAL (SELECT i.relname FROM pg_index ix JOIN pg_class i ON i.oid = ix.indexrelid WHERE ix.indrelid = c.oid ORDER BY i.oid DESC LIMIT 1) x WHERE c.relkind = 'r' AND c.relnamespace = 2200 ORDER BY 1 LIMIT 5;

-- json: settings as one object
SELECT json_object_agg(name, setting ORDER BY name) FROM pg_settings WHERE name IN ('work_mem', 'random_page_cost');

-- json: a session as a row
SELECT row_to_json(t) FROM (SELECT usename, state FROM pg_stat_activity WHERE pid = pg_backend_pid()) t;

-- series: minutes around now
SELECT to_char(m, 'HH24:MI') AS minute FROM generate_series(date_trunc('minute', now()) - interval '3 minutes', date_trunc('minute', now()), '1 minute') AS m;

-- values: a list joined to the catalog
SELECT v.name, to_regclass(v.name) IS NOT NULL AS present FROM (VALUES ('orders'), ('payments'), ('no_such_table')) AS v(name) ORDER BY 1;

-- kill: what would be cancelled
SELECT pid, 'SELECT pg_cancel_backend(' || pid || ');' AS command FROM pg_stat_activity WHERE state = 'active' AND usename = 'web' AND now() - query_start > interval '2 seconds' ORDER BY pid;

-- triggers and policies: none here
SELECT (SELECT count(*) FROM pg_policies) AS policies, (SELECT count(*) FROM pg_matviews) AS matviews, (SELECT count(*) FROM pg_prepared_xacts) AS prepared;

-- operators and functions in use
SELECT proname, pg_get_function_identity_arguments(oid) AS args, prorettype::regtype FROM pg_proc WHERE proname = 'pg_cancel_backend';

-- types
SELECT typname, typlen, typcategory FROM pg_type WHERE oid IN ('int4'::regtype, 'text'::regtype, 'timestamptz'::regtype) ORDER BY 1;

-- descriptions
SELECT c.relname, obj_description(c.oid, 'pg_class') AS comment FROM pg_class c WHERE c.relkind = 'r' AND obj_description(c.oid, 'pg_class') IS NOT NULL ORDER BY 1;

-- runbook: what is blocked, by whom, for how long
SELECT w.pid AS waiting, now() - l.waitstart AS waited, l.mode, l.relation::regclass AS relation,
       b.pid AS blocker, b.usename, b.state, now() - b.xact_start AS blocker_xact_age, left(b.query, 50) AS blocker_query
FROM pg_locks l
JOIN pg_stat_activity w USING (pid)
CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) AS u(blocker)
JOIN pg_stat_activity b ON b.pid = u.blocker
WHERE NOT l.granted
ORDER BY 1, 5;

-- runbook: blockers that are not blocked themselves
SELECT pid, usename, application_name, state, now() - xact_start AS xact_age, query
FROM pg_stat_activity
WHERE pid IN (SELECT unnest(pg_blocking_pids(pid)) FROM pg_stat_activity)
  AND cardinality(pg_blocking_pids(pid)) = 0;

-- runbook: lock queue of a table
SELECT pid, mode, granted, fastpath FROM pg_locks WHERE relation = 'orders'::regclass ORDER BY granted DESC, pid, mode;

-- runbook: locks held by each session
SELECT a.pid, a.state, count(*) FILTER (WHERE l.granted) AS held, count(*) FILTER (WHERE NOT l.granted) AS waiting,
       string_agg(DISTINCT l.locktype, ', ' ORDER BY l.locktype) AS kinds
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
WHERE a.pid <> pg_backend_pid()
GROUP BY a.pid, a.state ORDER BY a.pid;

-- runbook: idle in transaction, with the command that ends it
SELECT format('SELECT pg_terminate_backend(%s); -- %s, idle for %s', pid, usename, date_trunc('second', now() - state_change)) AS command
FROM pg_stat_activity WHERE state = 'idle in transaction' ORDER BY state_change;

-- runbook: oldest transaction and what holds the horizon
SELECT 'transaction' AS kind, pid::text AS who, age(backend_xmin) AS xmin_age FROM pg_stat_activity WHERE backend_xmin IS NOT NULL
UNION ALL SELECT 'slot', slot_name, age(xmin) FROM pg_replication_slots WHERE xmin IS NOT NULL
UNION ALL SELECT 'prepared', gid, age(transaction) FROM pg_prepared_xacts
ORDER BY 3 DESC, 2;

-- runbook: index builds with a percentage and the time they take
SELECT p.pid, p.command, p.phase, p.relid::regclass AS table_name, p.index_relid::regclass AS index_name,
       CASE WHEN p.blocks_total > 0 THEN round(100.0 * p.blocks_done / p.blocks_total, 1) END AS blocks_pct,
       p.lockers_done || '/' || p.lockers_total AS lockers, now() - a.query_start AS running
FROM pg_stat_progress_create_index p JOIN pg_stat_activity a USING (pid);

-- runbook: vacuum with a percentage
SELECT pid, relid::regclass AS table_name, phase, pg_size_pretty(heap_blks_total * 8192) AS total,
       round(100.0 * heap_blks_scanned / nullif(heap_blks_total, 0), 1) AS scanned_pct, index_vacuum_count
FROM pg_stat_progress_vacuum;

-- runbook: invalid indexes
SELECT n.nspname, c.relname, i.indrelid::regclass AS table_name, i.indisvalid, i.indisready, i.indislive
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid ORDER BY 2;

-- runbook: duplicate indexes by their keys
SELECT indrelid::regclass AS table_name, array_agg(indexrelid::regclass::text ORDER BY indexrelid::regclass::text) AS indexes
FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
GROUP BY indrelid, indkey, coalesce(pg_get_expr(indexprs, indrelid), ''), coalesce(pg_get_expr(indpred, indrelid), ''), indclass::text
HAVING count(*) > 1;

-- runbook: indexes whose keys begin another's
SELECT a.indrelid::regclass AS table_name, a.indexrelid::regclass AS shorter, b.indexrelid::regclass AS longer
FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid <> b.indexrelid
WHERE (b.indkey::int2[])[0:array_length(a.indkey::int2[], 1) - 1] = a.indkey::int2[] AND a.indpred IS NULL AND NOT a.indisunique
  AND a.indexprs IS NULL AND a.indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 2200)
ORDER BY 1, 2, 3;

-- runbook: foreign keys without an index
SELECT c.conrelid::regclass AS table_name, c.conname, string_agg(a.attname, ', ' ORDER BY x.n) AS columns
FROM pg_constraint c
CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS x(attnum, n)
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = x.attnum
WHERE c.contype = 'f' AND NOT EXISTS (
  SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
    AND (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey)
GROUP BY 1, 2 ORDER BY 1, 2;

-- runbook: btree bloat's inputs
SELECT c.relname, string_to_array(textin(int2vectorout(i.indkey)), ' ')::int[] AS keys, i.indnatts, c.relpages, c.reltuples
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'orders'::regclass ORDER BY 1;

-- runbook: cache hit ratio by table
SELECT relname, heap_blks_hit, heap_blks_read, round(heap_blks_hit * 100.0 / nullif(heap_blks_hit + heap_blks_read, 0), 2) AS hit_pct
FROM pg_statio_user_tables WHERE heap_blks_hit + heap_blks_read > 0 ORDER BY heap_blks_hit + heap_blks_read DESC, 1;

-- runbook: cache hit ratio, index and table
SELECT 'index hit rate' AS name, sum(idx_blks_hit) / nullif(sum(idx_blks_hit + idx_blks_read), 0) AS ratio FROM pg_statio_user_indexes
UNION ALL
SELECT 'table hit rate', sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read), 0) FROM pg_statio_user_tables;

-- runbook: top statements with their share and I/O
SELECT queryid IS NOT NULL AS id, calls, round(total_exec_time::numeric, 2) AS total_ms, round(mean_exec_time::numeric, 3) AS mean_ms,
       rows / calls AS rows_per_call, round((100 * total_exec_time / sum(total_exec_time) OVER ())::numeric, 1) AS pct,
       regexp_replace(left(query, 60), '\s+', ' ', 'g') AS query
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT 8;

-- runbook: hot updates
SELECT relname, n_tup_upd, n_tup_hot_upd, round(100.0 * n_tup_hot_upd / nullif(n_tup_upd, 0), 1) AS hot_pct
FROM pg_stat_user_tables WHERE n_tup_upd > 0 ORDER BY 2 DESC;

-- runbook: per-table storage options
SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL AND relnamespace = 2200 ORDER BY 1;

-- runbook: commits, rollbacks, deadlocks
SELECT datname, numbackends, xact_commit > 0 AS commits, xact_rollback, deadlocks, conflicts, temp_files, pg_size_pretty(temp_bytes) AS temp
FROM pg_stat_database WHERE datname = current_database();

-- runbook: unused memory of the connection limit
SELECT setting::int AS max_connections, (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       setting::int - current_setting('superuser_reserved_connections')::int - current_setting('reserved_connections')::int AS for_everybody
FROM pg_settings WHERE name = 'max_connections';

-- runbook: age of each session in words
SELECT pid, usename, CASE WHEN state = 'active' THEN now() - query_start ELSE now() - state_change END > interval '5 seconds' AS old,
       coalesce(wait_event_type || '/' || wait_event, 'CPU') AS doing
FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY pid;

-- runbook: settings that a migration should set
SELECT name, current_setting(name) AS value FROM pg_settings
WHERE name IN ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'deadlock_timeout') ORDER BY 1;

-- runbook: literals of catalog types
SELECT regclass 'orders' AS by_name, pg_size_pretty(pg_lsn '4A/E0FFE518' - pg_lsn '45/58000000') AS between, oid '16384' AS o;

-- runbook: null tests of the old school
SELECT count(*) FILTER (WHERE query_start NOTNULL) AS started, count(*) FILTER (WHERE client_addr ISNULL) AS local FROM pg_stat_activity;

-- runbook: names in byte order
SELECT relname::text COLLATE "C" AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200 ORDER BY relname::text COLLATE "C" DESC LIMIT 3;

-- runbook: cluster identity
SELECT pg_control_version, catalog_version_no, (pg_control_checkpoint()).timeline_id FROM pg_control_system();

-- runbook: log segments on disk
SELECT count(*) AS segments, pg_size_pretty(sum(size)) AS size FROM pg_ls_waldir();

-- runbook: buffers in use
SELECT buffers_used > 0 AS used, buffers_used + buffers_unused AS total, buffers_pinned FROM pg_buffercache_summary();

-- runbook: database counters by function
SELECT pg_stat_get_db_numbackends(oid) AS backends, pg_stat_get_db_deadlocks(oid) AS deadlocks, pg_stat_get_db_stat_reset_time(oid) IS NOT NULL AS known
FROM pg_database WHERE datname = current_database();

-- extras: cache_hit
SELECT
  'index hit rate' AS name,
  (sum(idx_blks_hit)) / nullif(sum(idx_blks_hit + idx_blks_read),0) AS ratio
FROM pg_statio_user_indexes
UNION ALL
SELECT
 'table hit rate' AS name,
  sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read),0) AS ratio
FROM pg_statio_user_tables;

-- extras: index_cache_hit
SELECT
  relname AS name,
  idx_blks_hit AS buffer_hits,
  idx_blks_read AS block_reads,
  idx_blks_hit + idx_blks_read AS total_read,
  CASE (idx_blks_hit + idx_blks_read)::float
    WHEN 0 THEN 'Insufficient data'
    ELSE (idx_blks_hit / (idx_blks_hit + idx_blks_read)::float)::text
  END ratio
FROM
  pg_statio_user_tables
ORDER BY
  idx_blks_hit / (idx_blks_hit + idx_blks_read + 1)::float DESC;

-- extras: index_usage
SELECT relname,
   CASE COALESCE(idx_scan, 0)
     WHEN 0 THEN 'Insufficient data'
     ELSE (100 * idx_scan / (seq_scan + idx_scan))::text
   END percent_of_times_index_used,
   n_live_tup rows_in_table
 FROM
   pg_stat_user_tables
 ORDER BY
   n_live_tup DESC;

-- extras: locks
SELECT
  pg_stat_activity.pid,
  pg_class.relname,
  pg_locks.transactionid,
  pg_locks.granted,
  substr(pg_stat_activity.query,1,30) AS query_snippet,
  age(now(),pg_stat_activity.query_start) AS "age"
FROM pg_stat_activity,pg_locks left
OUTER JOIN pg_class
  ON (pg_locks.relation = pg_class.oid)
WHERE pg_stat_activity.query <> '<insufficient privilege>'
  AND pg_locks.pid = pg_stat_activity.pid
  AND pg_locks.mode = 'ExclusiveLock'
  AND pg_stat_activity.pid <> pg_backend_pid() order by query_start;

-- extras: outliers
SELECT interval '1 millisecond' * total_exec_time AS total_exec_time,
to_char((total_exec_time/sum(total_exec_time) OVER()) * 100, 'FM90D0') || '%'  AS prop_exec_time,
to_char(calls, 'FM999G999G999G990') AS ncalls,
interval '1 millisecond' * (shared_blk_read_time + shared_blk_write_time) AS sync_io_time,
query AS query
FROM pg_stat_statements WHERE userid = (SELECT usesysid FROM pg_user WHERE usename = current_user LIMIT 1)
ORDER BY total_exec_time DESC
LIMIT 10;

-- extras: calls
SELECT query AS qry,
interval '1 millisecond' * total_exec_time AS exec_time,
to_char((total_exec_time/sum(total_exec_time) OVER()) * 100, 'FM90D0') || '%'  AS prop_exec_time,
to_char(calls, 'FM999G999G990') AS ncalls,
interval '1 millisecond' * (shared_blk_read_time + shared_blk_write_time) AS sync_io_time
FROM pg_stat_statements
ORDER BY calls DESC
LIMIT 10;

-- extras: blocking
SELECT bl.pid AS blocked_pid,
  ka.query AS blocking_statement,
  now() - ka.query_start AS blocking_duration,
  kl.pid AS blocking_pid,
  a.query AS blocked_statement,
  now() - a.query_start AS blocked_duration
FROM pg_catalog.pg_locks bl
JOIN pg_catalog.pg_stat_activity a
  ON bl.pid = a.pid
JOIN pg_catalog.pg_locks kl
  JOIN pg_catalog.pg_stat_activity ka
    ON kl.pid = ka.pid
ON bl.transactionid = kl.transactionid AND bl.pid != kl.pid
WHERE NOT bl.granted;

-- extras: total_index_size
SELECT pg_size_pretty(sum(c.relpages::bigint*8192)::bigint) AS size
FROM pg_class c
LEFT JOIN pg_namespace n ON (n.oid = c.relnamespace)
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname !~ '^pg_toast'
AND c.relkind='i';

-- extras: index_size
SELECT c.relname AS name,
  pg_size_pretty(sum(c.relpages::bigint*8192)::bigint) AS size
FROM pg_class c
LEFT JOIN pg_namespace n ON (n.oid = c.relnamespace)
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname !~ '^pg_toast'
AND c.relkind='i'
GROUP BY c.relname
ORDER BY sum(c.relpages) DESC;

-- extras: table_size
SELECT c.relname AS name,
  pg_size_pretty(pg_table_size(c.oid)) AS size
FROM pg_class c
LEFT JOIN pg_namespace n ON (n.oid = c.relnamespace)
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname !~ '^pg_toast'
AND c.relkind IN ('r', 'm')
ORDER BY pg_table_size(c.oid) DESC;

-- extras: table_indexes_size
SELECT c.relname AS table,
  pg_size_pretty(pg_indexes_size(c.oid)) AS index_size
FROM pg_class c
LEFT JOIN pg_namespace n ON (n.oid = c.relnamespace)
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname !~ '^pg_toast'
AND c.relkind='r'
ORDER BY pg_indexes_size(c.oid) DESC;

-- extras: unused_indexes
SELECT
  schemaname || '.' || relname AS table,
  indexrelname AS index,
  pg_size_pretty(pg_relation_size(i.indexrelid)) AS index_size,
  idx_scan as index_scans
FROM pg_stat_user_indexes ui
JOIN pg_index i ON ui.indexrelid = i.indexrelid
WHERE NOT indisunique AND idx_scan < 50 AND pg_relation_size(relid) > 5 * 8192
ORDER BY pg_relation_size(i.indexrelid) / nullif(idx_scan, 0) DESC NULLS FIRST,
pg_relation_size(i.indexrelid) DESC;

-- extras: null_indexes
SELECT
    c.oid,
    c.relname AS index,
    pg_size_pretty(pg_relation_size(c.oid)) AS index_size,
    i.indisunique AS unique,
    a.attname AS indexed_column,
    CASE s.null_frac
        WHEN 0 THEN ''
        ELSE to_char(s.null_frac * 100, '999.00%')
    END AS null_frac,
    pg_size_pretty((pg_relation_size(c.oid) * s.null_frac)::bigint) AS expected_saving
FROM
    pg_class c
    JOIN pg_index i ON i.indexrelid = c.oid
    JOIN pg_attribute a ON a.attrelid = c.oid
    JOIN pg_class c_table ON c_table.oid = i.indrelid
    JOIN pg_indexes ixs ON c.relname = ixs.indexname
    LEFT JOIN pg_stats s ON s.tablename = c_table.relname AND a.attname = s.attname
WHERE
    NOT i.indisprimary
    AND i.indpred IS NULL
    AND array_length(i.indkey, 1) = 1
    AND coalesce(s.null_frac, 0) != 0
    AND pg_relation_size(c.oid) > 0
ORDER BY
    pg_relation_size(c.oid) * s.null_frac DESC;

-- extras: seq_scans
SELECT relname AS name,
       seq_scan as count
FROM
  pg_stat_user_tables
ORDER BY seq_scan DESC;

-- extras: long_running_queries
SELECT
  pid,
  now() - pg_stat_activity.query_start AS duration,
  query AS query
FROM
  pg_stat_activity
WHERE
  pg_stat_activity.query <> ''::text
  AND state <> 'idle'
  AND now() - pg_stat_activity.query_start > interval '5 minutes'
ORDER BY
  now() - pg_stat_activity.query_start DESC;

-- extras: records_rank
SELECT
  relname AS name,
  n_live_tup AS estimated_count
FROM
  pg_stat_user_tables
ORDER BY
  n_live_tup DESC;

-- extras: bloat
WITH constants AS (
  SELECT current_setting('block_size')::numeric AS bs, 23 AS hdr, 4 AS ma
), bloat_info AS (
  SELECT
    ma,bs,schemaname,tablename,
    (datawidth+(hdr+ma-(case when hdr%ma=0 THEN ma ELSE hdr%ma END)))::numeric AS datahdr,
    (maxfracsum*(nullhdr+ma-(case when nullhdr%ma=0 THEN ma ELSE nullhdr%ma END))) AS nullhdr2
  FROM (
    SELECT
      schemaname, tablename, hdr, ma, bs,
      SUM((1-null_frac)*avg_width) AS datawidth,
      MAX(null_frac) AS maxfracsum,
      hdr+(
        SELECT 1+count(*)/8
        FROM pg_stats s2
        WHERE null_frac<>0 AND s2.schemaname = s.schemaname AND s2.tablename = s.tablename
      ) AS nullhdr
    FROM pg_stats s, constants
    GROUP BY 1,2,3,4,5
  ) AS foo
), table_bloat AS (
  SELECT
    schemaname, tablename, cc.relpages, bs,
    CEIL((cc.reltuples*((datahdr+ma-
      (CASE WHEN datahdr%ma=0 THEN ma ELSE datahdr%ma END))+nullhdr2+4))/(bs-20::float)) AS otta
  FROM bloat_info
  JOIN pg_class cc ON cc.relname = bloat_info.tablename
  JOIN pg_namespace nn ON cc.relnamespace = nn.oid AND nn.nspname = bloat_info.schemaname AND nn.nspname <> 'information_schema'
), index_bloat AS (
  SELECT
    schemaname, tablename, bs,
    COALESCE(c2.relname,'?') AS iname, COALESCE(c2.reltuples,0) AS ituples, COALESCE(c2.relpages,0) AS ipages,
    COALESCE(CEIL((c2.reltuples*(datahdr-12))/(bs-20::float)),0) AS iotta
  FROM bloat_info
  JOIN pg_class cc ON cc.relname = bloat_info.tablename
  JOIN pg_namespace nn ON cc.relnamespace = nn.oid AND nn.nspname = bloat_info.schemaname AND nn.nspname <> 'information_schema'
  JOIN pg_index i ON indrelid = cc.oid
  JOIN pg_class c2 ON c2.oid = i.indexrelid
)
SELECT
  type, schemaname, object_name, bloat, pg_size_pretty(raw_waste) as waste
FROM
(SELECT
  'table' as type,
  schemaname,
  tablename as object_name,
  ROUND(CASE WHEN otta=0 THEN 0.0 ELSE table_bloat.relpages/otta::numeric END,1) AS bloat,
  CASE WHEN relpages < otta THEN '0' ELSE (bs*(table_bloat.relpages-otta)::bigint)::bigint END AS raw_waste
FROM
  table_bloat
    UNION
SELECT
  'index' as type,
  schemaname,
  tablename || '::' || iname as object_name,
  ROUND(CASE WHEN iotta=0 OR ipages=0 THEN 0.0 ELSE ipages/iotta::numeric END,1) AS bloat,
  CASE WHEN ipages < iotta THEN '0' ELSE (bs*(ipages-iotta))::bigint END AS raw_waste
FROM
  index_bloat) bloat_summary
ORDER BY raw_waste DESC, bloat DESC;

-- extras: vacuum_stats
WITH table_opts AS (
  SELECT
    pg_class.oid, relname, nspname, array_to_string(reloptions, '') AS relopts
  FROM
     pg_class INNER JOIN pg_namespace ns ON relnamespace = ns.oid
), vacuum_settings AS (
  SELECT
    oid, relname, nspname,
    CASE
      WHEN relopts LIKE '%autovacuum_vacuum_threshold%'
        THEN substring(relopts, '.*autovacuum_vacuum_threshold=([0-9.]+).*')::integer
        ELSE current_setting('autovacuum_vacuum_threshold')::integer
      END AS autovacuum_vacuum_threshold,
    CASE
      WHEN relopts LIKE '%autovacuum_vacuum_scale_factor%'
        THEN substring(relopts, '.*autovacuum_vacuum_scale_factor=([0-9.]+).*')::real
        ELSE current_setting('autovacuum_vacuum_scale_factor')::real
      END AS autovacuum_vacuum_scale_factor
  FROM
    table_opts
)
SELECT
  vacuum_settings.nspname AS schema,
  vacuum_settings.relname AS table,
  to_char(psut.last_vacuum, 'YYYY-MM-DD HH24:MI') AS last_vacuum,
  to_char(psut.last_autovacuum, 'YYYY-MM-DD HH24:MI') AS last_autovacuum,
  to_char(pg_class.reltuples, '9G999G999G999') AS rowcount,
  to_char(psut.n_dead_tup, '9G999G999G999') AS dead_rowcount,
  to_char(autovacuum_vacuum_threshold
       + (autovacuum_vacuum_scale_factor::numeric * pg_class.reltuples), '9G999G999G999') AS autovacuum_threshold,
  CASE
    WHEN autovacuum_vacuum_threshold + (autovacuum_vacuum_scale_factor::numeric * pg_class.reltuples) < psut.n_dead_tup
    THEN 'yes'
  END AS expect_autovacuum
FROM
  pg_stat_user_tables psut INNER JOIN pg_class ON psut.relid = pg_class.oid
    INNER JOIN vacuum_settings ON pg_class.oid = vacuum_settings.oid
ORDER BY 1;

-- extras: connections
SELECT usename, client_addr::text, application_name, count(*) FROM pg_stat_activity GROUP BY 1,2,3 ORDER BY 4 DESC;

-- extras: db_settings
SELECT name, setting, unit, short_desc FROM pg_settings
WHERE name IN (
'max_connections',
'shared_buffers',
'effective_cache_size',
'maintenance_work_mem',
'checkpoint_completion_target',
'wal_buffers',
'default_statistics_target',
'random_page_cost',
'effective_io_concurrency',
'work_mem',
'min_wal_size',
'max_wal_size'
);

-- extras: ssl_used
SELECT datname, usename, ssl, client_addr
FROM pg_stat_ssl
JOIN pg_stat_activity
ON pg_stat_ssl.pid = pg_stat_activity.pid;

-- extras: duplicate_indexes
SELECT pg_size_pretty(sum(pg_relation_size(idx))::bigint) as size,
       (array_agg(idx))[1] as idx1, (array_agg(idx))[2] as idx2,
       (array_agg(idx))[3] as idx3, (array_agg(idx))[4] as idx4
FROM (
    SELECT indexrelid::regclass as idx, (indrelid::text ||E'\n'|| indclass::text ||E'\n'|| indkey::text ||E'\n'||
                                         coalesce(indexprs::text,'')||E'\n' || coalesce(indpred::text,'')) as key
    FROM pg_index) sub
GROUP BY key HAVING count(*)>1
ORDER BY sum(pg_relation_size(idx)) DESC;

-- ioguix: btree bloat
SELECT current_database(), nspname AS schemaname, tblname, idxname, bs*(relpages)::bigint AS real_size,
  bs*(relpages-est_pages)::bigint AS extra_size,
  100 * (relpages-est_pages)::float / relpages AS extra_pct,
  fillfactor,
  CASE WHEN relpages > est_pages_ff
    THEN bs*(relpages-est_pages_ff)
    ELSE 0
  END AS bloat_size,
  100 * (relpages-est_pages_ff)::float / relpages AS bloat_pct,
  is_na
FROM (
  SELECT coalesce(1 +
         ceil(reltuples/floor((bs-pageopqdata-pagehdr)/(4+nulldatahdrwidth)::float)), 0
      ) AS est_pages,
      coalesce(1 +
         ceil(reltuples/floor((bs-pageopqdata-pagehdr)*fillfactor/(100*(4+nulldatahdrwidth)::float))), 0
      ) AS est_pages_ff,
      bs, nspname, tblname, idxname, relpages, fillfactor, is_na
  FROM (
      SELECT maxalign, bs, nspname, tblname, idxname, reltuples, relpages, idxoid, fillfactor,
            ( index_tuple_hdr_bm +
                maxalign - CASE
                  WHEN index_tuple_hdr_bm%maxalign = 0 THEN maxalign
                  ELSE index_tuple_hdr_bm%maxalign
                END
              + nulldatawidth + maxalign - CASE
                  WHEN nulldatawidth = 0 THEN 0
                  WHEN nulldatawidth::integer%maxalign = 0 THEN maxalign
                  ELSE nulldatawidth::integer%maxalign
                END
            )::numeric AS nulldatahdrwidth, pagehdr, pageopqdata, is_na
      FROM (
          SELECT n.nspname, i.tblname, i.idxname, i.reltuples, i.relpages,
              i.idxoid, i.fillfactor, current_setting('block_size')::numeric AS bs,
              CASE
                WHEN version() ~ 'mingw32' OR version() ~ '64-bit|x86_64|ppc64|ia64|amd64' THEN 8
                ELSE 4
              END AS maxalign,
              24 AS pagehdr,
              16 AS pageopqdata,
              CASE WHEN max(coalesce(s.null_frac,0)) = 0
                  THEN 8
                  ELSE 8 + (( 32 + 8 - 1 ) / 8)
              END AS index_tuple_hdr_bm,
              sum( (1-coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 1024)) AS nulldatawidth,
              max( CASE WHEN i.atttypid = 'pg_catalog.name'::regtype THEN 1 ELSE 0 END ) > 0 AS is_na
          FROM (
              SELECT ct.relname AS tblname, ct.relnamespace, ic.idxname, ic.attpos, ic.indkey, ic.indkey[ic.attpos], ic.reltuples, ic.relpages, ic.tbloid, ic.idxoid, ic.fillfactor,
                  coalesce(a1.attnum, a2.attnum) AS attnum, coalesce(a1.attname, a2.attname) AS attname, coalesce(a1.atttypid, a2.atttypid) AS atttypid,
                  CASE WHEN a1.attnum IS NULL
                  THEN ic.idxname
                  ELSE ct.relname
                  END AS attrelname
              FROM (
                  SELECT idxname, reltuples, relpages, tbloid, idxoid, fillfactor, indkey,
                      pg_catalog.generate_series(1,indnatts) AS attpos
                  FROM (
                      SELECT ci.relname AS idxname, ci.reltuples, ci.relpages, i.indrelid AS tbloid,
                          i.indexrelid AS idxoid,
                          coalesce(substring(
                              array_to_string(ci.reloptions, ' ')
                              from 'fillfactor=([0-9]+)')::smallint, 90) AS fillfactor,
                          i.indnatts,
                          pg_catalog.string_to_array(pg_catalog.textin(
                              pg_catalog.int2vectorout(i.indkey)),' ')::int[] AS indkey
                      FROM pg_catalog.pg_index i
                      JOIN pg_catalog.pg_class ci ON ci.oid = i.indexrelid
                      WHERE ci.relam=(SELECT oid FROM pg_am WHERE amname = 'btree')
                      AND ci.relpages > 0
                  ) AS idx_data
              ) AS ic
              JOIN pg_catalog.pg_class ct ON ct.oid = ic.tbloid
              LEFT JOIN pg_catalog.pg_attribute a1 ON
                  ic.indkey[ic.attpos] <> 0
                  AND a1.attrelid = ic.tbloid
                  AND a1.attnum = ic.indkey[ic.attpos]
              LEFT JOIN pg_catalog.pg_attribute a2 ON
                  ic.indkey[ic.attpos] = 0
                  AND a2.attrelid = ic.idxoid
                  AND a2.attnum = ic.attpos
            ) i
            JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
            JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname
                                      AND s.tablename = i.attrelname
                                      AND s.attname = i.attname
            GROUP BY 1,2,3,4,5,6,7,8,9,10,11
      ) AS rows_data_stats
  ) AS rows_hdr_pdg_stats
) AS relation_stats
ORDER BY nspname, tblname, idxname;

-- ioguix: table bloat
SELECT current_database(), schemaname, tblname, bs*tblpages AS real_size,
  (tblpages-est_tblpages)*bs AS extra_size,
  CASE WHEN tblpages > 0 AND tblpages - est_tblpages > 0
    THEN 100 * (tblpages - est_tblpages)/tblpages::float
    ELSE 0
  END AS extra_pct, fillfactor,
  CASE WHEN tblpages - est_tblpages_ff > 0
    THEN (tblpages-est_tblpages_ff)*bs
    ELSE 0
  END AS bloat_size,
  CASE WHEN tblpages > 0 AND tblpages - est_tblpages_ff > 0
    THEN 100 * (tblpages - est_tblpages_ff)/tblpages::float
    ELSE 0
  END AS bloat_pct, is_na
FROM (
  SELECT ceil( reltuples / ( (bs-page_hdr)/tpl_size ) ) + ceil( toasttuples / 4 ) AS est_tblpages,
    ceil( reltuples / ( (bs-page_hdr)*fillfactor/(tpl_size*100) ) ) + ceil( toasttuples / 4 ) AS est_tblpages_ff,
    tblpages, fillfactor, bs, tblid, schemaname, tblname, heappages, toastpages, is_na
  FROM (
    SELECT
      ( 4 + tpl_hdr_size + tpl_data_size + (2*ma)
        - CASE WHEN tpl_hdr_size%ma = 0 THEN ma ELSE tpl_hdr_size%ma END
        - CASE WHEN ceil(tpl_data_size)::int%ma = 0 THEN ma ELSE ceil(tpl_data_size)::int%ma END
      ) AS tpl_size, bs - page_hdr AS size_per_block, (heappages + toastpages) AS tblpages, heappages,
      toastpages, reltuples, toasttuples, bs, page_hdr, tblid, schemaname, tblname, fillfactor, is_na
    FROM (
      SELECT
        tbl.oid AS tblid, ns.nspname AS schemaname, tbl.relname AS tblname, tbl.reltuples,
        tbl.relpages AS heappages, coalesce(toast.relpages, 0) AS toastpages,
        coalesce(toast.reltuples, 0) AS toasttuples,
        coalesce(substring(
          array_to_string(tbl.reloptions, ' ')
          FROM 'fillfactor=([0-9]+)')::smallint, 100) AS fillfactor,
        current_setting('block_size')::numeric AS bs,
        CASE WHEN version()~'mingw32' OR version()~'64-bit|x86_64|ppc64|ia64|amd64' THEN 8 ELSE 4 END AS ma,
        24 AS page_hdr,
        23 + CASE WHEN MAX(coalesce(s.null_frac,0)) > 0 THEN ( 7 + count(s.attname) ) / 8 ELSE 0::int END
           + CASE WHEN bool_or(att.attname = 'oid' and att.attnum < 0) THEN 4 ELSE 0 END AS tpl_hdr_size,
        sum( (1-coalesce(s.null_frac, 0)) * coalesce(s.avg_width, 0) ) AS tpl_data_size,
        bool_or(att.atttypid = 'pg_catalog.name'::regtype)
          OR sum(CASE WHEN att.attnum > 0 THEN 1 ELSE 0 END) <> count(s.attname) AS is_na
      FROM pg_attribute AS att
        JOIN pg_class AS tbl ON att.attrelid = tbl.oid
        JOIN pg_namespace AS ns ON ns.oid = tbl.relnamespace
        LEFT JOIN pg_stats AS s ON s.schemaname=ns.nspname
          AND s.tablename = tbl.relname AND s.inherited=false AND s.attname=att.attname
        LEFT JOIN pg_class AS toast ON tbl.reltoastrelid = toast.oid
      WHERE NOT att.attisdropped
        AND tbl.relkind in ('r','m')
      GROUP BY 1,2,3,4,5,6,7,8,9,10
      ORDER BY 2,3
    ) AS s
  ) AS s2
) AS s3
WHERE schemaname = 'public'
ORDER BY schemaname, tblname;

-- fk: missing indexes (pganalyze)
SELECT c.conrelid::regclass AS "table",
       string_agg(a.attname, ',' ORDER BY x.n) AS columns,
       pg_catalog.pg_size_pretty(
          pg_catalog.pg_relation_size(c.conrelid)
       ) AS size,
       c.conname AS constraint,
       c.confrelid::regclass AS referenced_table
FROM pg_catalog.pg_constraint c
   CROSS JOIN LATERAL
      unnest(c.conkey) WITH ORDINALITY AS x(attnum, n)
   JOIN pg_catalog.pg_attribute a
      ON a.attnum = x.attnum
         AND a.attrelid = c.conrelid
WHERE NOT EXISTS
        (SELECT 1 FROM pg_catalog.pg_index i
         WHERE i.indrelid = c.conrelid
           AND i.indpred IS NULL
           AND (i.indkey::smallint[])[0:cardinality(c.conkey)-1]
                OPERATOR(pg_catalog.@>) c.conkey)
  AND c.contype = 'f'
GROUP BY c.conrelid, c.conname, c.confrelid
ORDER BY pg_catalog.pg_relation_size(c.conrelid) DESC;

-- wraparound: databases
SELECT datname, age(datfrozenxid), mxid_age(datminmxid), current_setting('autovacuum_freeze_max_age') FROM pg_database ORDER BY 2 DESC;

-- wraparound: percent towards
WITH max_age AS (
    SELECT 2000000000 as max_old_xid
        , setting AS autovacuum_freeze_max_age
        FROM pg_catalog.pg_settings
        WHERE name = 'autovacuum_freeze_max_age' )
, per_database_stats AS (
    SELECT datname
        , m.max_old_xid::int
        , m.autovacuum_freeze_max_age::int
        , age(d.datfrozenxid) AS oldest_current_xid
    FROM pg_catalog.pg_database d
    JOIN max_age m ON (true)
    WHERE d.datallowconn )
SELECT max(oldest_current_xid) AS oldest_current_xid
    , max(ROUND(100*(oldest_current_xid/max_old_xid::float))) AS percent_towards_wraparound
    , max(ROUND(100*(oldest_current_xid/autovacuum_freeze_max_age::float))) AS percent_towards_emergency_autovac
FROM per_database_stats;

-- wraparound: tables
SELECT c.oid::regclass as table_name,
       greatest(age(c.relfrozenxid),age(t.relfrozenxid)) as age,
       pg_size_pretty(pg_table_size(c.oid)) as size
FROM pg_class c
LEFT JOIN pg_class t ON c.reltoastrelid = t.oid
WHERE c.relkind IN ('r', 'm')
ORDER BY 2 DESC LIMIT 10;

-- horizon: what holds xmin
SELECT 'backend' AS kind, pid::text AS who, backend_xmin::text AS xmin, age(backend_xmin) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL
UNION ALL
SELECT 'slot', slot_name, coalesce(xmin, catalog_xmin)::text, greatest(age(xmin), age(catalog_xmin)) FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
UNION ALL
SELECT 'prepared', gid, transaction::text, age(transaction) FROM pg_prepared_xacts
UNION ALL
SELECT 'standby', application_name, backend_xmin::text, age(backend_xmin) FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
ORDER BY 4 DESC;

-- sequences: pg_sequences
SELECT schemaname, sequencename, last_value, max_value, round(100.0 * last_value / max_value, 2) AS pct FROM pg_sequences ORDER BY 5 DESC NULLS LAST;

-- runbook: identity columns of int4
SELECT table_name, column_name, data_type, is_identity, identity_generation, column_default FROM information_schema.columns WHERE table_schema = 'public' AND (is_identity = 'YES' OR column_default LIKE 'nextval%') ORDER BY 1, 2;

-- replication: postgres_exporter
SELECT *,
	(case pg_is_in_recovery() when 't' then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end) AS pg_current_wal_lsn,
	(case pg_is_in_recovery() when 't' then pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_lsn('0/0'))::float else pg_wal_lsn_diff(pg_current_wal_lsn(), pg_lsn('0/0'))::float end) AS pg_current_wal_lsn_bytes,
	(case pg_is_in_recovery() when 't' then pg_wal_lsn_diff(pg_last_wal_receive_lsn(), replay_lsn)::float else pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float end) AS pg_wal_lsn_diff
FROM pg_stat_replication;

-- exporter: replication lag
SELECT
	CASE
		WHEN NOT pg_is_in_recovery() THEN 0
		WHEN pg_last_wal_receive_lsn () = pg_last_wal_replay_lsn () THEN 0
		ELSE GREATEST (0, EXTRACT(EPOCH FROM (now() - pg_last_xact_replay_timestamp())))
	END AS lag,
	CASE
		WHEN pg_is_in_recovery() THEN 1
		ELSE 0
	END as is_replica;

-- exporter: postmaster start
SELECT extract(epoch from pg_postmaster_start_time at time zone 'UTC') as pg_postmaster_start_time_seconds from pg_postmaster_start_time();

-- exporter: slots
SELECT
	slot_name,
	slot_type,
	CASE WHEN pg_is_in_recovery() THEN
		pg_last_wal_receive_lsn() - '0/0'
	ELSE
		pg_current_wal_lsn() - '0/0'
	END AS current_wal_lsn,
	COALESCE(confirmed_flush_lsn, '0/0') - '0/0' AS confirmed_flush_lsn,
	active,
	safe_wal_size,
	wal_status
FROM pg_replication_slots;

-- exporter: database
SELECT pg_database.datname, pg_database.datconnlimit FROM pg_database;

-- exporter: long running transactions
SELECT
    COUNT(*) as transactions,
    MAX(EXTRACT(EPOCH FROM clock_timestamp() - pg_stat_activity.xact_start)) AS oldest_timestamp_seconds
FROM pg_catalog.pg_stat_activity
WHERE state IS DISTINCT FROM 'idle'
AND query NOT LIKE 'autovacuum:%'
AND pg_stat_activity.xact_start IS NOT NULL;

-- exporter: process idle
WITH
	metrics AS (
		SELECT
		state,
		application_name,
		SUM(EXTRACT(EPOCH FROM (CURRENT_TIMESTAMP - state_change))::bigint)::float AS process_idle_seconds_sum,
		COUNT(*) AS process_idle_seconds_count
		FROM pg_stat_activity
		WHERE state ~ '^idle'
		GROUP BY state, application_name
	),
	buckets AS (
		SELECT
		state,
		application_name,
		le,
		SUM(
			CASE WHEN EXTRACT(EPOCH FROM (CURRENT_TIMESTAMP - state_change)) <= le
			THEN 1
			ELSE 0
			END
		)::bigint AS bucket
		FROM
		pg_stat_activity,
		UNNEST(ARRAY[1, 2, 5, 15, 30, 60, 90, 120, 300]) AS le
		GROUP BY state, application_name, le
		ORDER BY state, application_name, le
	)
SELECT
	state,
	application_name,
	process_idle_seconds_sum as seconds_sum,
	process_idle_seconds_count as seconds_count,
	ARRAY_AGG(le) AS seconds,
	ARRAY_AGG(bucket) AS seconds_bucket
FROM metrics JOIN buckets USING (state, application_name)
GROUP BY 1, 2, 3, 4;

-- exporter: stat_user_tables
SELECT
		current_database() datname,
		schemaname,
		relname,
		seq_scan,
		seq_tup_read,
		idx_scan,
		idx_tup_fetch,
		n_tup_ins,
		n_tup_upd,
		n_tup_del,
		n_tup_hot_upd,
		n_live_tup,
		n_dead_tup,
		n_mod_since_analyze,
		COALESCE(last_vacuum, '1970-01-01Z') as last_vacuum,
		COALESCE(last_autovacuum, '1970-01-01Z') as last_autovacuum,
		COALESCE(last_analyze, '1970-01-01Z') as last_analyze,
		COALESCE(last_autoanalyze, '1970-01-01Z') as last_autoanalyze,
		vacuum_count,
		autovacuum_count,
		analyze_count,
		autoanalyze_count,
		pg_indexes_size(relid) as indexes_size,
		pg_table_size(relid) as table_size
	FROM
		pg_stat_user_tables;

-- exporter: statements
SELECT
		pg_get_userbyid(userid) as user,
		pg_database.datname,
		pg_stat_statements.queryid,
		pg_stat_statements.calls as calls_total,
		pg_stat_statements.total_exec_time / 1000.0 as seconds_total,
		pg_stat_statements.rows as rows_total,
		pg_stat_statements.shared_blk_read_time / 1000.0 as block_read_seconds_total,
		pg_stat_statements.shared_blk_write_time / 1000.0 as block_write_seconds_total
		FROM pg_stat_statements
	JOIN pg_database
		ON pg_database.oid = pg_stat_statements.dbid
	WHERE
		total_exec_time > (
			SELECT percentile_cont(0.1)
				WITHIN GROUP (ORDER BY total_exec_time)
				FROM pg_stat_statements
		)
	ORDER BY seconds_total DESC
	LIMIT 100;

-- exporter: stat activity autovacuum
SELECT
		SPLIT_PART(query, '.', 2) AS relname,
		EXTRACT(EPOCH FROM xact_start) AS timestamp_seconds
    FROM
    	pg_catalog.pg_stat_activity
    WHERE
		query like 'autovacuum:%' AND
		EXTRACT(EPOCH FROM xact_start) IS NOT NULL;

-- exporter: wal
SELECT
		COUNT(*) AS segments,
		SUM(size) AS size
	FROM pg_ls_waldir()
	WHERE name ~ '^[0-9A-F]{24}$';

-- exporter: checkpointer
SELECT
		num_timed
		,num_requested
		,restartpoints_timed
		,restartpoints_req
		,restartpoints_done
		,write_time
		,sync_time
		,buffers_written
		,stats_reset
	FROM pg_stat_checkpointer;

-- exporter: bgwriter 17
SELECT
		buffers_clean
		,maxwritten_clean
		,buffers_alloc
		,stats_reset
	FROM pg_stat_bgwriter;

-- exporter: xid
SELECT
	CASE WHEN pg_is_in_recovery() THEN 'NaN'::float ELSE txid_current() % (2^52)::bigint END AS current,
	CASE WHEN pg_is_in_recovery() THEN 'NaN'::float ELSE txid_snapshot_xmin(txid_current_snapshot()) % (2^52)::bigint END AS xmin,
	CASE WHEN pg_is_in_recovery() THEN 'NaN'::float ELSE txid_current() - txid_snapshot_xmin(txid_current_snapshot()) END AS xmin_age;

-- exporter: buffercache summary
SELECT buffers_used, buffers_unused, buffers_dirty, buffers_pinned, usagecount_avg FROM pg_buffercache_summary();

-- exporter: roles
SELECT pg_roles.rolname, pg_roles.rolconnlimit FROM pg_roles;

-- check_postgres: connections
SELECT COUNT(datid) AS current,
  (SELECT setting AS mc FROM pg_settings WHERE name = 'max_connections') AS mc,
  d.datname
FROM pg_database d
LEFT JOIN pg_stat_activity s ON (s.datid = d.oid) GROUP BY 2,3
ORDER BY datname;

-- check_postgres: hitratio
SELECT
  round(100.*sd.blks_hit/(sd.blks_read+sd.blks_hit), 2) AS dhitratio,
  d.datname,
  r.rolname AS rolname
FROM pg_stat_database sd
JOIN pg_database d ON (d.oid=sd.datid)
JOIN pg_roles r ON (r.oid=d.datdba)
WHERE sd.blks_read+sd.blks_hit<>0;

-- check_postgres: txn idle
SELECT datname, datid, procpid AS pid, usename, client_addr, xact_start, current_query, '-' AS client_port, seconds FROM (
SELECT datname, datid, pid AS procpid, usename, client_addr, xact_start, query AS current_query, ROUND(EXTRACT(epoch FROM now()-xact_start)) AS seconds
FROM pg_stat_activity WHERE state = 'idle in transaction' AND xact_start IS NOT NULL) x
ORDER BY xact_start, procpid DESC;

-- check_postgres: last autovacuum
SELECT current_database() AS datname, nspname AS sname, relname AS tname,
  CASE WHEN v IS NULL THEN -1 ELSE round(extract(epoch FROM now()-v)) END AS ltime,
  CASE WHEN v IS NULL THEN '?' ELSE TO_CHAR(v, 'HH24:MI FMMonth DD, YYYY') END AS ptime
FROM (
SELECT nspname, relname, GREATEST(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS v
FROM pg_class c, pg_namespace n
WHERE relkind = 'r' AND n.oid = c.relnamespace AND n.nspname <> 'information_schema'
ORDER BY 3) AS foo
WHERE nspname = 'public';

-- check_postgres: disabled triggers
SELECT tgrelid::regclass AS tname, tgname, tgenabled FROM pg_trigger WHERE tgenabled IS NOT NULL AND tgenabled <> 'O' ORDER BY tgname;

-- datadog: database metrics
SELECT psd.datname,
       psd.deadlocks,
       2^31 - age(datfrozenxid) as wraparound,
       psd.numbackends, psd.xact_commit, psd.xact_rollback, psd.blks_read, psd.blks_hit, psd.tup_returned, psd.tup_fetched, psd.tup_inserted, psd.tup_updated, psd.tup_deleted,
       pg_database_size(psd.datname) as pg_database_size, psd.temp_bytes, psd.temp_files, psd.session_time, psd.active_time, psd.idle_in_transaction_time
  FROM pg_stat_database psd
  JOIN pg_database pd ON psd.datname = pd.datname
 WHERE psd.datname not ilike 'template%' AND psd.datname not ilike 'rdsadmin' AND psd.datname not ilike 'azure_maintenance';

-- datadog: activity sampling
SELECT now() AS now, datname, usename, application_name, client_addr, client_port, backend_start, xact_start, query_start, state_change, wait_event_type, wait_event, state, backend_xid, backend_xmin, query, backend_type, pid, pg_blocking_pids(pid) as blocking_pids
FROM pg_stat_activity WHERE (datname IS NULL OR datname NOT ILIKE 'template%') AND backend_type = 'client backend' AND state != 'idle' ORDER BY query_start LIMIT 100;

-- datadog: connections by db
SELECT datname AS db, application_name AS app, state, usename AS usr, count(*) AS connections FROM pg_stat_activity GROUP BY datname, application_name, state, usename;

-- datadog: connection pct
WITH max_con AS (SELECT setting::float FROM pg_settings WHERE name = 'max_connections')
SELECT MAX(setting) AS max_connections, SUM(numbackends)/MAX(setting) AS pct_connections
FROM pg_stat_database, max_con;

-- datadog: locks
SELECT mode, locktype, pn.nspname, pd.datname, pc.relname, granted, fastpath, count(*) AS count
  FROM pg_locks l
  JOIN pg_database pd ON (l.database = pd.oid)
  JOIN pg_class pc ON (l.relation = pc.oid)
  LEFT JOIN pg_namespace pn ON (pn.oid = pc.relnamespace)
 WHERE l.mode IS NOT NULL
   AND pn.nspname NOT LIKE 'pg_toast%'
 GROUP BY pd.datname, pc.relname, pn.nspname, locktype, mode, granted, fastpath ORDER BY count DESC, 1, 5;

-- datadog: replication stats
SELECT application_name, state, sync_state, client_addr, client_hostname,
       backend_xmin, pg_wal_lsn_diff(
CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, replay_lsn) AS lag_bytes,
       GREATEST (0, age(backend_xmin)) as backend_xmin_age,
       EXTRACT(epoch FROM write_lag) AS write_lag, EXTRACT(epoch FROM flush_lag) AS flush_lag, EXTRACT(epoch FROM replay_lag) AS replay_lag
FROM pg_stat_replication;

-- datadog: size of relations
SELECT
  N.nspname, relname,
  pg_table_size(C.oid) as table_size,
  pg_indexes_size(C.oid) as index_size,
  pg_total_relation_size(C.oid) as total_size, C.relpages, C.reltuples, C.relallvisible
FROM pg_class C
LEFT JOIN pg_namespace N ON (N.oid = C.relnamespace)
WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND
  nspname !~ '^pg_toast' AND
  relkind = 'r'
ORDER BY 5 DESC;

-- datadog: analyze progress
SELECT
       now() AS now, datname, relid::regclass::text AS table, pid, phase, sample_blks_total, sample_blks_scanned,
       ext_stats_total, ext_stats_computed, child_tables_total, child_tables_done
  FROM pg_stat_progress_analyze;

-- datadog: vacuum progress
SELECT
       v.datname, coalesce(c.relname, v.relid::text) AS relname, v.phase, heap_blks_total, heap_blks_scanned, heap_blks_vacuumed, index_vacuum_count, max_dead_tuple_bytes, num_dead_item_ids
  FROM pg_stat_progress_vacuum as v
  LEFT JOIN pg_class c on c.oid = v.relid;

-- datadog: index build progress
SELECT p.datname, t.relname, i.relname, p.command, p.phase, lockers_total, lockers_done, blocks_total, blocks_done, tuples_total, tuples_done, partitions_total, partitions_done
  FROM pg_stat_progress_create_index as p
  LEFT JOIN pg_class t on t.oid = p.relid
  LEFT JOIN pg_class i on i.oid = p.index_relid;

-- datadog: cluster, copy, basebackup progress
SELECT 'cluster' AS what, count(*) FROM pg_stat_progress_cluster
UNION ALL SELECT 'copy', count(*) FROM pg_stat_progress_copy
UNION ALL SELECT 'basebackup', count(*) FROM pg_stat_progress_basebackup;

-- datadog: wal metrics
SELECT count(*), sum(size), EXTRACT (EPOCH FROM now() - min(modification)) AS oldest FROM pg_ls_waldir();

-- datadog: archiver
select archived_count, failed_count as archived_failed_count from pg_stat_archiver;

-- datadog: database conflicts
SELECT psd.datname, confl_tablespace, confl_lock, confl_snapshot, confl_bufferpin, confl_deadlock
  FROM pg_stat_database_conflicts psd LEFT JOIN pg_database pd ON psd.datname = pd.datname WHERE psd.datname !~ '^template';

-- datadog: schema tables
SELECT c.oid AS table_id, c.relname AS table_name, c.relhasindex AS has_indexes, c.relowner::regrole AS owner,
       ( CASE WHEN c.relkind = 'p' THEN TRUE ELSE FALSE END ) AS has_partitions, t.relname AS toast_table
FROM   pg_class c LEFT JOIN pg_class t ON c.reltoastrelid = t.oid
WHERE  c.relkind IN ( 'r', 'p', 'f' ) AND c.relispartition != 't' AND c.relnamespace = 'public'::regnamespace ORDER BY 2;

-- datadog: columns
SELECT attname AS name, Format_type(atttypid, atttypmod) AS data_type, NOT attnotnull AS nullable, pg_get_expr(adbin, adrelid) AS default
FROM   pg_attribute LEFT JOIN pg_attrdef ad ON adrelid = attrelid AND adnum = attnum
WHERE  attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped;

-- pg_activity: queries
SELECT
      pg_stat_activity.pid AS pid,
      pg_stat_activity.application_name AS application_name,
      CASE WHEN LENGTH(pg_stat_activity.datname) > 16
          THEN SUBSTRING(pg_stat_activity.datname FROM 0 FOR 6)||'...'||SUBSTRING(pg_stat_activity.datname FROM '........$')
          ELSE pg_stat_activity.datname
      END AS database,
      pg_stat_activity.client_addr AS client,
      EXTRACT(epoch FROM (NOW() - pg_stat_activity.query_start)) AS duration,
      CASE WHEN pg_stat_activity.wait_event_type IN ('LWLock', 'Lock', 'BufferPin') THEN TRUE ELSE FALSE END AS wait,
      pg_stat_activity.usename AS user,
      pg_stat_activity.state AS state,
      pg_stat_activity.query AS query,
      pg_catalog.pg_encoding_to_char(b.encoding) AS encoding,
      coalesce(pg_stat_activity.leader_pid, pg_stat_activity.pid) AS query_leader_pid,
      pg_stat_activity.backend_type = 'parallel worker' AS is_parallel_worker
  FROM
      pg_stat_activity
      LEFT OUTER JOIN pg_database b ON pg_stat_activity.datid = b.oid
 WHERE
      state <> 'idle'
  AND pid <> pg_catalog.pg_backend_pid()
  AND CASE WHEN '0'::interval = '0'::interval THEN true ELSE EXTRACT(epoch FROM (NOW() - pg_stat_activity.query_start)) > 0 END
ORDER BY
      EXTRACT(epoch FROM (NOW() - pg_stat_activity.query_start)) DESC;

-- pg_activity: waiting
SELECT
      pg_locks.pid AS pid,
      a.application_name AS application_name,
      a.datname AS database,
      a.usename AS user,
      a.client_addr AS client,
      pg_locks.mode AS mode,
      pg_locks.locktype AS type,
      pg_locks.relation::regclass AS relation,
      EXTRACT(epoch FROM (NOW() - a.query_start)) AS duration,
      a.state as state,
      a.query AS query
  FROM
      pg_catalog.pg_locks
      JOIN pg_catalog.pg_stat_activity a ON (pg_catalog.pg_locks.pid = a.pid)
 WHERE
      NOT pg_catalog.pg_locks.granted
  AND a.pid <> pg_backend_pid();

-- pg_activity: blocking
SELECT
      pid,
      application_name,
      database,
      usename AS user,
      client,
      relation,
      mode,
      locktype AS type,
      duration,
      state,
      sq.query AS query
  FROM
      (
      SELECT
            blocking.pid,
            pg_stat_activity.application_name,
            pg_stat_activity.query,
            blocking.mode,
            pg_stat_activity.datname AS database,
            pg_stat_activity.datid,
            pg_stat_activity.usename,
            pg_stat_activity.client_addr AS client,
            blocking.locktype,
            EXTRACT(epoch FROM (NOW() - pg_stat_activity.query_start)) AS duration,
            pg_stat_activity.state as state,
            blocking.relation::regclass AS relation
        FROM
            pg_locks AS blocking
            JOIN (
                SELECT
                      transactionid
                  FROM
                      pg_locks
                 WHERE
                      NOT granted) AS blocked ON (blocking.transactionid = blocked.transactionid)
            JOIN pg_stat_activity ON (blocking.pid = pg_stat_activity.pid)
       WHERE
            blocking.granted
      UNION ALL
      SELECT
            blocking.pid,
            pg_stat_activity.application_name,
            pg_stat_activity.query,
            blocking.mode,
            pg_stat_activity.datname AS database,
            pg_stat_activity.datid,
            pg_stat_activity.usename,
            pg_stat_activity.client_addr AS client,
            blocking.locktype,
            EXTRACT(epoch FROM (NOW() - pg_stat_activity.query_start)) AS duration,
            pg_stat_activity.state as state,
            blocking.relation::regclass AS relation
        FROM
            pg_locks AS blocking
            JOIN (
                SELECT
                      virtualxid
                  FROM
                      pg_locks
                 WHERE
                      NOT granted) AS blocked ON (blocking.virtualxid = blocked.virtualxid)
            JOIN pg_stat_activity ON (blocking.pid = pg_stat_activity.pid)
       WHERE
            blocking.granted
      UNION ALL
      SELECT
            blocking.pid,
            pg_stat_activity.application_name,
            pg_stat_activity.query,
            blocking.mode,
            pg_stat_activity.datname AS database,
            pg_stat_activity.datid,
            pg_stat_activity.usename,
            pg_stat_activity.client_addr AS client,
            blocking.locktype,
            EXTRACT(epoch FROM (NOW() - pg_stat_activity.query_start)) AS duration,
            pg_stat_activity.state as state,
            blocking.relation::regclass AS relation
        FROM
            pg_locks AS blocking
            JOIN (
                SELECT
                      database,
                      relation,
                      mode
                  FROM
                      pg_locks
                 WHERE
                      NOT granted
                      AND relation IS NOT NULL) AS blocked ON (blocking.database = blocked.database AND blocking.relation = blocked.relation)
            JOIN pg_stat_activity ON (blocking.pid = pg_stat_activity.pid)
       WHERE
            blocking.granted
       ) AS sq
       LEFT OUTER JOIN pg_database b ON sq.datid = b.oid
GROUP BY
      pid,
      application_name,
      database,
      usename,
      client,
      relation,
      mode,
      locktype,
      duration,
      state,
      query
ORDER BY
      duration DESC;

-- pgwatch2: db_stats
select /* pgwatch_generated */
  (extract(epoch from now()) * 1e9)::int8 as epoch_ns,
  numbackends,
  xact_commit,
  xact_rollback,
  blks_read,
  blks_hit,
  tup_returned,
  conflicts,
  temp_files,
  temp_bytes,
  deadlocks,
  blk_read_time,
  blk_write_time,
  extract(epoch from (now() - pg_postmaster_start_time()))::int8 as postmaster_uptime_s,
  checksum_failures,
  extract(epoch from (now() - checksum_last_failure))::int8 as checksum_last_failure_s,
  case when pg_is_in_recovery() then 1 else 0 end as in_recovery_int,
  system_identifier::text as tag_sys_id,
  session_time::int8, sessions_abandoned, sessions_killed
from
  pg_stat_database, pg_control_system()
where
  datname = current_database();

-- pgwatch2: backends
with sa_snapshot as (
  select * from pg_stat_activity
  where datname = current_database()
  and not query like 'autovacuum:%'
  and pid != pg_backend_pid()
)
select
  (extract(epoch from now()) * 1e9)::int8 as epoch_ns,
  (select count(*) from sa_snapshot) as total,
  (select count(*) from pg_stat_activity where pid != pg_backend_pid()) as instance_total,
  current_setting('max_connections')::int as max_connections,
  (select count(*) from sa_snapshot where state = 'active') as active,
  (select count(*) from sa_snapshot where state = 'idle') as idle,
  (select count(*) from sa_snapshot where state = 'idle in transaction') as idleintransaction,
  (select count(*) from sa_snapshot where wait_event_type in ('LWLock', 'Lock', 'BufferPin')) as waiting,
  (select coalesce(ceil(extract(epoch from (max(clock_timestamp() - backend_start)))), 0)::int from sa_snapshot where backend_type = 'client backend') as longest_session_seconds,
  (select coalesce(round(avg(abs(extract(epoch from now() - xact_start)))::numeric, 3), 0)::float from sa_snapshot where xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend') as avg_tx_seconds,
  (select coalesce(max(age(backend_xmin)), 0) from sa_snapshot) as max_xmin_age_tx;

-- pgwatch2: wal
select
  (extract(epoch from now()) * 1e9)::int8 as epoch_ns,
  case
    when pg_is_in_recovery() = false then
      pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::int8
    else
      pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::int8
    end as xlog_location_b,
  case when pg_is_in_recovery() then 1 else 0 end as in_recovery_int,
  extract(epoch from (now() - pg_postmaster_start_time()))::int8 as postmaster_uptime_s,
  (pg_control_checkpoint()).timeline_id as timeline;

-- pgwatch2: table stats
with q_root_part as (
    select c.oid, c.relkind, n.nspname root_schema, c.relname root_relname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where relkind in ('p', 'r') and relpersistence != 't' and not n.nspname like any (array[E'pg\\_%', 'information_schema', E'\\_timescaledb%'])
      and not exists(select * from pg_inherits where inhrelid = c.oid)
      and exists(select * from pg_inherits where inhparent = c.oid)
)
select (extract(epoch from now()) * 1e9)::int8 as epoch_ns,
       quote_ident(schemaname) as tag_schema, quote_ident(ut.relname) as tag_table_name,
       quote_ident(schemaname)||'.'||quote_ident(ut.relname) as tag_table_full_name,
       pg_relation_size(relid) as table_size_b,
       abs(greatest(ceil(log((pg_relation_size(relid) + 1) / 10 ^ 6)), 0))::text as tag_table_size_cardinality_mb,
       pg_total_relation_size(relid) as total_relation_size_b,
       case when c.reltoastrelid != 0 then pg_total_relation_size(c.reltoastrelid) else 0::int8 end as toast_size_b,
       extract(epoch from now() - greatest(last_vacuum, last_autovacuum)) as seconds_since_last_vacuum,
       extract(epoch from now() - greatest(last_analyze, last_autoanalyze)) as seconds_since_last_analyze,
       case when 'autovacuum_enabled=off' = any(c.reloptions) then 1 else 0 end as no_autovacuum,
       seq_scan, idx_scan, n_tup_ins, n_tup_hot_upd, n_live_tup, n_dead_tup,
       age(c.relfrozenxid) as tx_freeze_age
from pg_stat_user_tables ut join pg_class c on c.oid = ut.relid
where not exists (select 1 from pg_locks where relation = ut.relid and mode = 'AccessExclusiveLock')
  and c.relpersistence != 't' and not exists (select * from q_root_part where oid = ut.relid)
order by ut.relname;

-- pgwatch2: stat_statements
with q_data as (
  select
    (regexp_replace(md5(query), E'\\D', '', 'g'))::varchar(10)::text as tag_queryid,
    max(ltrim(regexp_replace(query, E'[ \\t\\n\\r]+' , ' ', 'g')))::varchar(200) as tag_query,
    array_to_string(array_agg(distinct quote_ident(pg_get_userbyid(userid))), ',') as users,
    sum(s.calls)::int8 as calls,
    round(sum(s.total_exec_time)::numeric, 3)::double precision as total_time,
    sum(shared_blks_hit)::int8 as shared_blks_hit,
    sum(shared_blks_read)::int8 as shared_blks_read,
    sum(wal_bytes)::int8 as wal_bytes,
    round(sum(s.total_plan_time)::numeric, 3)::double precision as total_plan_time
  from
    pg_stat_statements s
  where
    calls > 5
    and total_exec_time > 5
    and dbid = (select oid from pg_database where datname = current_database())
    and not upper(s.query::varchar(50))
      similar to '(VACUUM|ANALYZE|CREATE|ALTER|DROP|REINDEX|SET|BEGIN|COMMIT|ROLLBACK|START)%'
  group by
    tag_queryid
)
select (extract(epoch from now()) * 1e9)::int8 as epoch_ns, b.* from (
  select * from (select * from q_data where total_time > 0 order by total_time desc limit 5) a
  union
  select * from (select * from q_data order by calls desc limit 5) a
) b order by total_time desc;

-- pgwatch2: bgwriter-checkpointer
select (extract(epoch from now()) * 1e9)::int8 as epoch_ns, num_timed, num_requested, write_time, sync_time, buffers_written, (extract(epoch from now() - stats_reset))::int as last_reset_s from pg_stat_checkpointer;

-- pgwatch2: settings
with qs as (select name, setting from pg_settings)
select (extract(epoch from now()) * 1e9)::int8 as epoch_ns, current_database() as tag_database,
  (select setting from qs where name = 'server_version') as server_version,
  ((regexp_matches(regexp_replace(current_setting('server_version'), '(beta|devel).*', '', 'g'), E'\\d+\\.?\\d+?'))[1])::double precision as v,
  (select setting::int8 * 8192 from qs where name = 'shared_buffers') as shared_buffers_b,
  (select setting from qs where name = 'fsync') as fsync;

-- percona: oldest transactions with blockers
SELECT pid, now() - xact_start AS xact_age, state, cardinality(pg_blocking_pids(pid)) AS blocked_by_n, left(query, 50) AS query
FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 10;

-- pganalyze: lock tree
WITH RECURSIVE activity AS (
  SELECT
    pg_blocking_pids(pid) blocked_by,
    *,
    age(clock_timestamp(), xact_start)::interval(0) AS tx_age,
    age(clock_timestamp(), (SELECT max(l.waitstart) FROM pg_locks l WHERE a.pid = l.pid))::interval(0) AS wait_age
  FROM pg_stat_activity a
  WHERE state IS DISTINCT FROM 'idle'
), blockers AS (
  SELECT array_agg(DISTINCT c ORDER BY c) AS pids
  FROM (SELECT unnest(blocked_by) FROM activity) AS dt(c)
), tree AS (
  SELECT activity.*, 1 AS level, activity.pid AS top_blocker_pid, ARRAY[activity.pid] AS path, ARRAY[activity.pid]::int[] AS all_blockers_above
  FROM activity, blockers
  WHERE ARRAY[pid] <@ blockers.pids AND blocked_by = '{}'::int[]
  UNION ALL
  SELECT activity.*, tree.level + 1 AS level, tree.top_blocker_pid, path || ARRAY[activity.pid] AS path, tree.all_blockers_above || array_agg(activity.pid) OVER () AS all_blockers_above
  FROM activity, tree
  WHERE NOT ARRAY[activity.pid] <@ tree.all_blockers_above
    AND activity.blocked_by <> '{}'::int[]
    AND activity.blocked_by <@ tree.all_blockers_above
)
SELECT
  pid,
  blocked_by,
  CASE WHEN wait_event_type <> 'Lock' THEN replace(state, 'idle in transaction', 'idletx') ELSE 'waiting' END AS state,
  wait_event_type || ':' || wait_event AS wait,
  wait_age,
  tx_age,
  to_char(age(backend_xid), 'FM999,999,999,990') AS xid_age,
  to_char(2147483647 - age(backend_xmin), 'FM999,999,999,990') AS xmin_ttf,
  datname,
  usename,
  (SELECT count(DISTINCT t1.pid) FROM tree t1 WHERE ARRAY[tree.pid] <@ t1.path AND t1.pid <> tree.pid) AS blkd,
  format('%s %s%s', lpad('[' || pid::text || ']', 9, ' '), repeat('.', level - 1) || CASE WHEN level > 1 THEN ' ' END, left(query, 1000)) AS query
FROM tree
ORDER BY top_blocker_pid, level, pid;

-- wiki: lock dependency
with recursive
  lock_composite(requested, current) as (values
    ('AccessShareLock'::text, 'AccessExclusiveLock'::text),
    ('RowShareLock', 'ExclusiveLock'),
    ('RowShareLock', 'AccessExclusiveLock'),
    ('RowExclusiveLock', 'ShareLock'),
    ('RowExclusiveLock', 'ShareRowExclusiveLock'),
    ('RowExclusiveLock', 'ExclusiveLock'),
    ('RowExclusiveLock', 'AccessExclusiveLock'),
    ('AccessExclusiveLock', 'AccessShareLock'),
    ('AccessExclusiveLock', 'RowExclusiveLock'),
    ('AccessExclusiveLock', 'AccessExclusiveLock')
  ),
  lock as (
    select pid,
      virtualtransaction,
      granted,
      mode,
      (locktype,
       case locktype
         when 'relation'      then concat_ws(';', 'db:'||datname, 'rel:'||relation::regclass::text)
         when 'extend'        then concat_ws(';', 'db:'||datname, 'rel:'||relation::regclass::text)
         when 'transactionid' then transactionid::text
         when 'virtualxid'    then virtualxid::text
         else ''
       end) as target
    from pg_catalog.pg_locks
    left join pg_catalog.pg_database on (pg_database.oid = pg_locks.database)
  ),
  waiting_lock as (
    select
      blocker.pid                         as blocker_pid,
      blocked.pid                         as pid,
      concat(blocked.mode,blocked.target) as lock_target
    from lock blocker
    join lock blocked
      on ( not blocked.granted
       and blocker.granted
       and blocked.pid != blocker.pid
       and blocked.target is not distinct from blocker.target)
    join lock_composite c
      on (c.requested = blocked.mode
       and c.current = blocker.mode)
  ),
  acquired_lock as (
    with waiting as (
      select lock_target, count(lock_target) as wait_count
      from waiting_lock
      group by lock_target
    )
    select
      pid,
      array_agg(concat(mode,target) ||
                case when wait_count is null then '' else ' + '||wait_count end
                order by mode) as locks_acquired
    from lock
      left join waiting on waiting.lock_target = concat(mode,target)
    where granted
    group by pid
  ),
  blocking_lock as (
    select
      ARRAY[date_part('epoch', query_start)::int, pid] as seq,
      0::int      as depth,
      -1::int     as blocker_pid,
      pid,
      concat('Connect: ',usename,' ',datname,' ',coalesce(host(client_addr)||':'||client_port, 'local'), E'\nSQL: ',replace(substr(coalesce(query,'N/A'), 1, 60), E'\n', ' ')) as connect
    from
      ( select *
        from pg_catalog.pg_stat_activity
        where pid in (select blocker_pid from waiting_lock)
        and pid not in (select pid from waiting_lock)
      ) as blocker
    union all
    select
      blocker.seq || blocked.pid,
      blocker.depth + 1,
      blocker.pid,
      blocked.pid,
      repeat('-', blocker.depth+1)
    from blocking_lock blocker
    join waiting_lock blocked on (blocker.pid = blocked.blocker_pid)
  )
select depth, pid, blocker_pid, connect, locks_acquired
from blocking_lock
left join acquired_lock using (pid)
order by seq;

-- wiki: lock monitoring 2
SELECT blocked_locks.pid     AS blocked_pid,
         blocked_activity.usename  AS blocked_user,
         blocking_locks.pid     AS blocking_pid,
         blocking_activity.usename AS blocking_user,
         left(blocked_activity.query, 40)    AS blocked_statement,
         left(blocking_activity.query, 40)   AS current_statement_in_blocking_process,
         blocked_activity.application_name AS blocked_application
   FROM  pg_catalog.pg_locks         blocked_locks
    JOIN pg_catalog.pg_stat_activity blocked_activity  ON blocked_activity.pid = blocked_locks.pid
    JOIN pg_catalog.pg_locks         blocking_locks
        ON blocking_locks.locktype = blocked_locks.locktype
        AND blocking_locks.DATABASE IS NOT DISTINCT FROM blocked_locks.DATABASE
        AND blocking_locks.relation IS NOT DISTINCT FROM blocked_locks.relation
        AND blocking_locks.page IS NOT DISTINCT FROM blocked_locks.page
        AND blocking_locks.tuple IS NOT DISTINCT FROM blocked_locks.tuple
        AND blocking_locks.virtualxid IS NOT DISTINCT FROM blocked_locks.virtualxid
        AND blocking_locks.transactionid IS NOT DISTINCT FROM blocked_locks.transactionid
        AND blocking_locks.classid IS NOT DISTINCT FROM blocked_locks.classid
        AND blocking_locks.objid IS NOT DISTINCT FROM blocked_locks.objid
        AND blocking_locks.objsubid IS NOT DISTINCT FROM blocked_locks.objsubid
        AND blocking_locks.pid != blocked_locks.pid
    JOIN pg_catalog.pg_stat_activity blocking_activity ON blocking_activity.pid = blocking_locks.pid
   WHERE NOT blocked_locks.GRANTED;

-- wiki: disk usage
WITH RECURSIVE pg_inherit(inhrelid, inhparent) AS
    (select inhrelid, inhparent
    FROM pg_inherits
    UNION
    SELECT child.inhrelid, parent.inhparent
    FROM pg_inherit child, pg_inherits parent
    WHERE child.inhparent = parent.inhrelid),
pg_inherit_short AS (SELECT * FROM pg_inherit WHERE inhparent NOT IN (SELECT inhrelid FROM pg_inherit))
SELECT table_schema
    , TABLE_NAME
    , row_estimate
    , pg_size_pretty(total_bytes) AS total
    , pg_size_pretty(index_bytes) AS INDEX
    , pg_size_pretty(toast_bytes) AS toast
    , pg_size_pretty(table_bytes) AS TABLE
    , total_bytes::float8 / sum(total_bytes) OVER () AS total_size_share
  FROM (
    SELECT *, total_bytes-index_bytes-COALESCE(toast_bytes,0) AS table_bytes
    FROM (
         SELECT c.oid
              , nspname AS table_schema
              , relname AS TABLE_NAME
              , SUM(c.reltuples) OVER (partition BY parent) AS row_estimate
              , SUM(pg_total_relation_size(c.oid)) OVER (partition BY parent) AS total_bytes
              , SUM(pg_indexes_size(c.oid)) OVER (partition BY parent) AS index_bytes
              , SUM(pg_total_relation_size(reltoastrelid)) OVER (partition BY parent) AS toast_bytes
              , parent
          FROM (
                SELECT pg_class.oid
                    , reltuples
                    , relname
                    , relnamespace
                    , pg_class.reltoastrelid
                    , COALESCE(inhparent, pg_class.oid) parent
                FROM pg_class
                    LEFT JOIN pg_inherit_short ON inhrelid = oid
                WHERE relkind IN ('r', 'p')
             ) c
             LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
  ) a
  WHERE oid = parent
) a
WHERE table_schema = 'public'
ORDER BY total_bytes DESC;

-- wiki: index summary
SELECT
    pg_class.relname,
    pg_size_pretty(pg_class.reltuples::bigint)            AS rows_in_bytes,
    pg_class.reltuples                                    AS num_rows,
    COUNT(*)                                              AS total_indexes,
    COUNT(*) FILTER ( WHERE indisunique)                  AS unique_indexes,
    COUNT(*) FILTER ( WHERE indnatts = 1 )                AS single_column_indexes,
    COUNT(*) FILTER ( WHERE indnatts IS DISTINCT FROM 1 ) AS multi_column_indexes
FROM
    pg_namespace
    LEFT JOIN pg_class ON pg_namespace.oid = pg_class.relnamespace
    LEFT JOIN pg_index ON pg_class.oid = pg_index.indrelid
WHERE
    pg_namespace.nspname = 'public' AND
    pg_class.relkind = 'r'
GROUP BY pg_class.relname, pg_class.reltuples
ORDER BY pg_class.reltuples DESC;

-- wiki: index size/usage statistics
SELECT
    t.schemaname,
    t.tablename,
    c.reltuples::bigint                            AS num_rows,
    pg_size_pretty(pg_relation_size(c.oid))        AS table_size,
    psai.indexrelname                              AS index_name,
    pg_size_pretty(pg_relation_size(i.indexrelid)) AS index_size,
    CASE WHEN i.indisunique THEN 'Y' ELSE 'N' END  AS "unique",
    psai.idx_scan                                  AS number_of_scans,
    psai.idx_tup_read                              AS tuples_read,
    psai.idx_tup_fetch                             AS tuples_fetched
FROM
    pg_tables t
    LEFT JOIN pg_class c ON t.tablename = c.relname
    LEFT JOIN pg_index i ON c.oid = i.indrelid
    LEFT JOIN pg_stat_all_indexes psai ON i.indexrelid = psai.indexrelid
WHERE
    t.schemaname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2, 5;

-- wiki: unused indexes (josh berkus)
WITH table_scans as (
    SELECT relid,
        tables.idx_scan + tables.seq_scan as all_scans,
        ( tables.n_tup_ins + tables.n_tup_upd + tables.n_tup_del ) as writes,
                pg_relation_size(relid) as table_size
        FROM pg_stat_user_tables as tables
),
all_writes as (
    SELECT sum(writes) as total_writes
    FROM table_scans
),
indexes as (
    SELECT idx_stat.relid, idx_stat.indexrelid,
        idx_stat.schemaname, idx_stat.relname as tablename,
        idx_stat.indexrelname as indexname,
        idx_stat.idx_scan,
        pg_relation_size(idx_stat.indexrelid) as index_bytes,
        indexdef ~* 'USING btree' AS idx_is_btree
    FROM pg_stat_user_indexes as idx_stat
        JOIN pg_index
            USING (indexrelid)
        JOIN pg_indexes as indexes
            ON idx_stat.schemaname = indexes.schemaname
                AND idx_stat.relname = indexes.tablename
                AND idx_stat.indexrelname = indexes.indexname
    WHERE pg_index.indisunique = FALSE
),
index_ratios AS (
SELECT schemaname, tablename, indexname,
    idx_scan, all_scans,
    round(( CASE WHEN all_scans = 0 THEN 0.0::NUMERIC
        ELSE idx_scan::NUMERIC/all_scans * 100 END),2) as index_scan_pct,
    writes,
    round((CASE WHEN writes = 0 THEN idx_scan::NUMERIC ELSE idx_scan::NUMERIC/writes END),2)
        as scans_per_write,
    pg_size_pretty(index_bytes) as index_size,
    pg_size_pretty(table_size) as table_size,
    idx_is_btree, index_bytes
    FROM indexes
    JOIN table_scans
    USING (relid)
),
index_groups AS (
SELECT 'Never Used Indexes' as reason, *, 1 as grp
FROM index_ratios
WHERE
    idx_scan = 0
    and idx_is_btree
UNION ALL
SELECT 'Low Scans, High Writes' as reason, *, 2 as grp
FROM index_ratios
WHERE
    scans_per_write <= 1
    and index_scan_pct < 10
    and idx_scan > 0
    and writes > 100
    and idx_is_btree
UNION ALL
SELECT 'Seldom Used Large Indexes' as reason, *, 3 as grp
FROM index_ratios
WHERE
    index_scan_pct < 5
    and scans_per_write > 1
    and idx_scan > 0
    and idx_is_btree
    and index_bytes > 100000000
UNION ALL
SELECT 'High-Write Large Non-Btree' as reason, index_ratios.*, 4 as grp
FROM index_ratios, all_writes
WHERE
    ( writes::NUMERIC / ( total_writes + 1 ) ) > 0.02
    AND NOT idx_is_btree
    AND index_bytes > 100000000
ORDER BY grp, index_bytes DESC )
SELECT reason, schemaname, tablename, indexname,
    index_scan_pct, scans_per_write, index_size, table_size
FROM index_groups;

-- wiki: needed indexes
WITH
index_usage AS (
    SELECT  sut.relid,
            current_database() AS database,
            sut.schemaname::text as schema_name,
            sut.relname::text AS table_name,
            sut.seq_scan as table_scans,
            sut.idx_scan as index_scans,
            pg_total_relation_size(relid) as table_bytes,
            round((sut.n_tup_ins + sut.n_tup_del + sut.n_tup_upd + sut.n_tup_hot_upd) /
                (seq_tup_read + 1)::NUMERIC, 2) as writes_per_scan
    FROM pg_stat_user_tables sut
),
index_counts AS (
    SELECT sut.relid,
        count(*) as index_count
    FROM pg_stat_user_tables sut LEFT OUTER JOIN pg_indexes
    ON sut.schemaname = pg_indexes.schemaname AND
        sut.relname = pg_indexes.tablename
    GROUP BY relid
),
too_many_tablescans AS (
    SELECT 'many table scans'::TEXT as reason,
        database, schema_name, table_name,
        table_scans, pg_size_pretty(table_bytes) as table_size,
        writes_per_scan, index_count, table_bytes
    FROM index_usage JOIN index_counts USING ( relid )
    WHERE table_scans > 1000
        AND table_scans > ( index_scans * 2 )
        AND table_bytes > 32000000
        AND writes_per_scan < ( 1.0 )
    ORDER BY table_scans DESC
),
scans_no_index AS (
    SELECT 'scans, few indexes'::TEXT as reason,
        database, schema_name, table_name,
        table_scans, pg_size_pretty(table_bytes) as table_size,
        writes_per_scan, index_count, table_bytes
    FROM index_usage JOIN index_counts USING ( relid )
    WHERE table_scans > 100
        AND table_scans > ( index_scans )
        AND index_count < 2
        AND table_bytes > 32000000
        AND writes_per_scan < ( 1.0 )
    ORDER BY table_scans DESC
)
SELECT * FROM too_many_tablescans
UNION ALL
SELECT * FROM scans_no_index;

-- aws: table bloat by dead tuples
SELECT relname, n_live_tup, n_dead_tup, trunc(100*n_dead_tup/(n_live_tup+1))::float "ratio%", to_char(last_autovacuum, 'YYYY-MM-DD HH24:MI:SS') as autovacuum_date, to_char(last_autoanalyze, 'YYYY-MM-DD HH24:MI:SS') as autoanalyze_date
FROM pg_stat_all_tables WHERE schemaname = 'public' ORDER BY last_autovacuum NULLS FIRST, relname;

-- aws: autovacuum eligibility
WITH vbt AS (SELECT setting AS autovacuum_vacuum_threshold FROM pg_settings WHERE name = 'autovacuum_vacuum_threshold'),
  vsf AS (SELECT setting AS autovacuum_vacuum_scale_factor FROM pg_settings WHERE name = 'autovacuum_vacuum_scale_factor'),
  fma AS (SELECT setting AS autovacuum_freeze_max_age FROM pg_settings WHERE name = 'autovacuum_freeze_max_age'),
  sto AS (SELECT opt_oid, split_part(setting, '=', 1) as param, split_part(setting, '=', 2) as value
          FROM (SELECT oid opt_oid, unnest(reloptions) setting FROM pg_class) opt)
SELECT '"'||ns.nspname||'"."'||c.relname||'"' as relation,
  pg_size_pretty(pg_table_size(c.oid)) as table_size,
  age(relfrozenxid) as xid_age,
  coalesce(cfma.value::float, autovacuum_freeze_max_age::float) autovacuum_freeze_max_age,
  (coalesce(cvbt.value::float, autovacuum_vacuum_threshold::float) +
    coalesce(cvsf.value::float,autovacuum_vacuum_scale_factor::float) * c.reltuples) AS autovacuum_vacuum_tuples,
  n_dead_tup as dead_tuples
FROM pg_class c join pg_namespace ns on ns.oid = c.relnamespace
  join pg_stat_all_tables stat on stat.relid = c.oid
  join vbt on (1=1) join vsf on (1=1) join fma on (1=1)
  left join sto cvbt on cvbt.param = 'autovacuum_vacuum_threshold' and c.oid = cvbt.opt_oid
  left join sto cvsf on cvsf.param = 'autovacuum_vacuum_scale_factor' and c.oid = cvsf.opt_oid
  left join sto cfma on cfma.param = 'autovacuum_freeze_max_age' and c.oid = cfma.opt_oid
WHERE c.relkind = 'r' and nspname <> 'pg_catalog'
ORDER BY age(relfrozenxid) DESC LIMIT 50;

-- aws: wait events now
SELECT a.pid, a.usename, a.application_name, a.wait_event_type, a.wait_event, a.state, now() - a.state_change AS in_state FROM pg_stat_activity a WHERE a.wait_event IS NOT NULL AND a.backend_type = 'client backend' ORDER BY in_state DESC;

-- gcp: settings by source file
SELECT name, setting, source, sourcefile, sourceline, pending_restart FROM pg_settings WHERE source NOT IN ('default', 'override') ORDER BY name;

-- runbook: stat_database sessions
SELECT datname, sessions, sessions_abandoned, sessions_fatal, sessions_killed, round(session_time::numeric/1000) AS session_s, round(active_time::numeric/1000) AS active_s, round(idle_in_transaction_time::numeric/1000) AS idle_s FROM pg_stat_database WHERE datname IS NOT NULL ORDER BY 1;

-- runbook: tps since reset
SELECT datname, xact_commit + xact_rollback AS xacts, round((xact_commit + xact_rollback) / extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time()))::numeric, 1) AS tps, round(100.0 * xact_rollback / nullif(xact_commit + xact_rollback, 0), 2) AS rollback_pct FROM pg_stat_database WHERE datname = current_database();

-- runbook: temp files
SELECT datname, temp_files, pg_size_pretty(temp_bytes) AS temp, stats_reset FROM pg_stat_database WHERE temp_files >= 0 AND datname NOT LIKE 'template%';

-- buffercache: usage counts
SELECT usage_count, buffers, dirty, pinned FROM pg_buffercache_usage_counts() ORDER BY 1;

-- buffercache: by relation with percent
SELECT c.relname, pg_size_pretty(count(*) * 8192) AS buffered,
       round(100.0 * count(*) / (SELECT setting FROM pg_settings WHERE name = 'shared_buffers')::integer, 1) AS buffers_percent,
       round(100.0 * count(*) * 8192 / nullif(pg_table_size(c.oid), 0), 1) AS percent_of_relation
FROM pg_class c
     INNER JOIN pg_buffercache b ON b.relfilenode = pg_relation_filenode(c.oid)
     INNER JOIN pg_database d ON (b.reldatabase = d.oid AND d.datname = current_database())
GROUP BY c.oid, c.relname ORDER BY 3 DESC LIMIT 10;

-- runbook: partitions
SELECT nmsp_parent.nspname AS parent_schema, parent.relname AS parent, child.relname AS child
FROM pg_inherits JOIN pg_class parent ON pg_inherits.inhparent = parent.oid JOIN pg_class child ON pg_inherits.inhrelid = child.oid
JOIN pg_namespace nmsp_parent ON nmsp_parent.oid = parent.relnamespace;

-- runbook: cursors and prepared
SELECT (SELECT count(*) FROM pg_cursors) AS cursors, (SELECT count(*) FROM pg_prepared_statements) AS prepared;

-- runbook: stat_wal
SELECT wal_records, wal_fpi, pg_size_pretty(wal_bytes) AS wal, wal_buffers_full, stats_reset FROM pg_stat_wal;

-- runbook: wal receiver
SELECT status, receive_start_lsn, written_lsn, flushed_lsn, latest_end_time, slot_name, sender_host FROM pg_stat_wal_receiver;

-- runbook: replication slots stats
SELECT slot_name, spill_txns, spill_bytes, stream_txns, total_bytes FROM pg_stat_replication_slots;

-- slots: retained
SELECT slot_name, plugin, slot_type, active, active_pid, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) AS retained_wal, inactive_since, invalidation_reason FROM pg_replication_slots ORDER BY pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) DESC NULLS LAST;

-- runbook: archiver
SELECT * FROM pg_stat_archiver;

-- runbook: statio sequences
SELECT * FROM pg_statio_user_sequences ORDER BY relname LIMIT 3;

-- runbook: toast
SELECT c.relname, t.relname AS toast, pg_size_pretty(pg_relation_size(t.oid)) FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.relnamespace = 'public'::regnamespace ORDER BY pg_relation_size(t.oid) DESC LIMIT 5;

-- runbook: fillfactor and options
SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL;

-- runbook: has privileges
SELECT has_table_privilege('orders', 'select') AS sel, has_schema_privilege('public', 'usage') AS usage, has_database_privilege(current_database(), 'connect') AS con, pg_has_role('pg_monitor', 'member') AS monitor;

-- runbook: column widths and alignment
SELECT a.attname, t.typname, t.typalign, t.typlen FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid WHERE c.relname = 'orders' AND a.attnum >= 0 ORDER BY t.typlen DESC, a.attnum;

-- runbook: most common values unnested
SELECT s.attname, m.v, f.f FROM pg_stats s, unnest(s.most_common_vals::text::text[]) WITH ORDINALITY AS m(v, n), unnest(s.most_common_freqs) WITH ORDINALITY AS f(f, n) WHERE s.tablename = 'orders' AND s.attname = 'status' AND m.n = f.n ORDER BY f.f DESC;

-- runbook: correlation
SELECT tablename, attname, n_distinct, round(correlation::numeric, 3) AS correlation, round(null_frac::numeric, 3) AS nulls FROM pg_stats WHERE schemaname = 'public' AND tablename IN ('orders', 'carts') ORDER BY 1, 2;

-- runbook: tables never vacuumed
SELECT schemaname, relname FROM pg_stat_user_tables WHERE (last_vacuum IS NULL AND last_autovacuum IS NULL) ORDER BY 2;

-- runbook: stats age
SELECT relname, n_mod_since_analyze, n_ins_since_vacuum, greatest(last_analyze, last_autoanalyze) AS analyzed, date_trunc('second', now() - greatest(last_analyze, last_autoanalyze)) AS ago FROM pg_stat_user_tables ORDER BY n_mod_since_analyze DESC, 1 LIMIT 8;

-- new in 18: vacuum time
SELECT relname, total_vacuum_time, total_autovacuum_time, total_analyze_time, total_autoanalyze_time, last_seq_scan, last_idx_scan, n_tup_newpage_upd FROM pg_stat_user_tables ORDER BY relname LIMIT 5;

-- runbook: aios
SELECT count(*) FROM pg_aios;

-- statements: info
SELECT dealloc, stats_reset FROM pg_stat_statements_info;

-- statements: rows per call, standard deviation
SELECT left(query, 50) AS q, calls, round(mean_exec_time::numeric, 2) AS mean, round(stddev_exec_time::numeric, 2) AS sd, round(max_exec_time::numeric, 1) AS max, rows / calls AS rows_per_call FROM pg_stat_statements WHERE calls > 0 ORDER BY stddev_exec_time DESC LIMIT 5;

-- statements: top by wal
SELECT left(query, 40) AS q, calls, wal_records, wal_fpi, pg_size_pretty(wal_bytes) AS wal FROM pg_stat_statements ORDER BY wal_bytes DESC LIMIT 5;

-- statements: hit percent
SELECT substring(query, 1, 50) AS short_query, round(total_exec_time::numeric, 2) AS total_time, calls, round(mean_exec_time::numeric, 2) AS mean, round((100 * total_exec_time / sum(total_exec_time::numeric) OVER ())::numeric, 2) AS percentage_cpu FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 10;

-- statements: jit
SELECT left(query, 30) q, jit_functions, jit_generation_time FROM pg_stat_statements WHERE jit_functions > 0;

-- statements: ntile
SELECT ntile, count(*), round(min(mean_exec_time)::numeric, 3) lo, round(max(mean_exec_time)::numeric, 3) hi FROM (SELECT mean_exec_time, ntile(4) OVER (ORDER BY mean_exec_time) FROM pg_stat_statements) s GROUP BY 1 ORDER BY 1;
