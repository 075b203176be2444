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
