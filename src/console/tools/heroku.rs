//! The `pg:` verbs that users of Heroku's and Crunchy's tools know: each is one SQL statement over PostgreSQL's statistics
//! views, run by `psql` in a session of its own.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{nearest, row, table};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "pg",
    aliases: &["heroku", "pgextras"],
    group: Group::Data,
    usage: "pg VERB [-h HOST] [ARGUMENT]\npg:VERB\nheroku pg:VERB",
    summary: "ready-made questions about the database",
    manual: "Answers a question that one would otherwise have to know the SQL for. pg alone lists the verbs; pg sql VERB prints a verb's SQL. The same names work as pg:VERB and heroku \
             pg:VERB. -h HOST asks another server.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

/// A verb: its name, what it tells, its SQL.
type Verb = (&'static str, &'static str, &'static str);

/// All verbs. `$1` stands for the argument.
const VERBS: [Verb; 19] = [
    (
        "outliers",
        "statements by total time",
        "SELECT round(total_exec_time) AS total_ms, round(100 * total_exec_time / (SELECT sum(total_exec_time) FROM pg_stat_statements)) AS percent, calls, round(mean_exec_time) AS mean_ms, left(query, 70) AS query FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 10",
    ),
    (
        "calls",
        "statements by number of calls",
        "SELECT calls, round(total_exec_time) AS total_ms, round(mean_exec_time) AS mean_ms, left(query, 70) AS query FROM pg_stat_statements ORDER BY calls DESC LIMIT 10",
    ),
    (
        "ps",
        "sessions that run something",
        "SELECT pid, state, wait_event_type, wait_event, now() - query_start AS running_for, usename, application_name, left(query, 60) AS query FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() ORDER BY query_start LIMIT 40",
    ),
    (
        "connections",
        "sessions by role, program and state",
        "SELECT usename, application_name, state, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2, 3 ORDER BY 4 DESC",
    ),
    (
        "waits",
        "what active sessions wait for",
        "SELECT coalesce(wait_event_type, 'CPU') AS wait_type, wait_event, count(*) FROM pg_stat_activity WHERE state = 'active' GROUP BY 1, 2 ORDER BY 3 DESC",
    ),
    (
        "long-running-queries",
        "statements that have run for more than five seconds",
        "SELECT pid, now() - query_start AS duration, usename, left(query, 80) AS query FROM pg_stat_activity WHERE state = 'active' AND now() - query_start > interval '5 seconds' ORDER BY query_start LIMIT 40",
    ),
    (
        "locks",
        "locks held or waited for, strong ones only",
        "SELECT l.pid, l.locktype, c.relname, l.mode, l.granted, left(a.query, 50) AS query, now() - a.query_start AS age FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid LEFT JOIN pg_class c ON c.oid = l.relation WHERE l.mode LIKE '%Exclusive%' ORDER BY a.query_start LIMIT 40",
    ),
    (
        "blocking",
        "sessions that wait for others, and for whom",
        "SELECT pid AS blocked_pid, pg_blocking_pids(pid) AS blocking_pids, now() - query_start AS blocked_for, left(query, 60) AS query FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 ORDER BY query_start",
    ),
    (
        "index-usage",
        "how often tables are read through an index",
        "SELECT relname, CASE WHEN idx_scan + seq_scan = 0 THEN NULL ELSE round(100.0 * idx_scan / (idx_scan + seq_scan), 1) END AS percent_of_times_index_used, seq_scan, idx_scan, n_live_tup AS rows_in_table FROM pg_stat_user_tables ORDER BY seq_tup_read DESC",
    ),
    (
        "seq-scans",
        "sequential scans by table",
        "SELECT relname, seq_scan AS count, seq_tup_read AS rows_read, n_live_tup AS rows_in_table FROM pg_stat_user_tables ORDER BY seq_tup_read DESC",
    ),
    (
        "unused-indexes",
        "indexes that are hardly read",
        "SELECT s.relname AS table, s.indexrelname AS index, pg_size_pretty(pg_relation_size(s.indexrelid)) AS index_size, s.idx_scan AS scans FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid WHERE NOT i.indisunique AND s.idx_scan < 50 ORDER BY pg_relation_size(s.indexrelid) DESC",
    ),
    (
        "invalid-indexes",
        "indexes that a failed build left behind",
        "SELECT c.relname AS index, t.relname AS table, i.indisvalid, i.indisready FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid WHERE NOT i.indisvalid",
    ),
    (
        "index-size",
        "indexes by size",
        "SELECT indexrelname AS name, pg_size_pretty(pg_relation_size(indexrelid)) AS size FROM pg_stat_user_indexes ORDER BY pg_relation_size(indexrelid) DESC",
    ),
    (
        "table-size",
        "tables by size",
        "SELECT relname AS name, pg_size_pretty(pg_table_size(relid)) AS size, pg_size_pretty(pg_indexes_size(relid)) AS indexes FROM pg_stat_user_tables ORDER BY pg_table_size(relid) DESC",
    ),
    (
        "records-rank",
        "tables by estimated rows",
        "SELECT relname AS name, n_live_tup AS estimated_count FROM pg_stat_user_tables ORDER BY n_live_tup DESC",
    ),
    (
        "cache-hit",
        "share of block reads served from shared buffers",
        "SELECT 'index hit rate' AS name, round(sum(idx_blks_hit)::numeric / nullif(sum(idx_blks_hit + idx_blks_read), 0), 4) AS ratio FROM pg_statio_user_indexes UNION ALL SELECT 'table hit rate', round(sum(heap_blks_hit)::numeric / nullif(sum(heap_blks_hit + heap_blks_read), 0), 4) FROM pg_statio_user_tables",
    ),
    (
        "vacuum-stats",
        "dead rows and last vacuums",
        "SELECT relname, last_vacuum, last_autovacuum, last_analyze, last_autoanalyze, n_live_tup, n_dead_tup FROM pg_stat_user_tables ORDER BY n_dead_tup DESC",
    ),
    (
        "progress",
        "index builds under way",
        "SELECT p.pid, c.relname AS index, p.command, p.phase, p.blocks_done, p.blocks_total, p.tuples_done, p.tuples_total FROM pg_stat_progress_create_index p LEFT JOIN pg_class c ON c.oid = p.index_relid",
    ),
    ("kill", "cancel a session's statement: pg kill PID", "SELECT pg_cancel_backend($1)"),
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let prefix = if asking.current.starts_with("pg:") { "pg:" } else { "" };
    if !asking.before.is_empty() && asking.before != ["sql"] {
        return Vec::new();
    }
    VERBS.iter().map(|(name, what, _)| (format!("{prefix}{name}"), (*what).to_owned())).collect()
}

/// Names under which verbs are commands of their own.
pub(crate) fn names() -> impl Iterator<Item = Candidate> {
    VERBS.iter().map(|(name, what, _)| (format!("pg:{name}"), (*what).to_owned()))
}

fn run(call: &Call<'_>, _: &mut Session, _: &mut Context<'_>) -> Outcome {
    let mut words: Vec<String> = call.arguments.to_vec();
    if let Some(verb) = call.name.strip_prefix("pg:") {
        words.insert(0, verb.to_owned());
    }
    let mut host: Vec<String> = Vec::new();
    if let Some(at) = words.iter().position(|word| word == "-h") {
        host = words.drain(at..(at + 2).min(words.len())).collect();
    }
    let only_sql = words.first().is_some_and(|word| word == "sql");
    if only_sql {
        words.remove(0);
    }
    let Some((verb, rest)) = words.split_first() else { return Output::text(list()).into() };
    let verb = verb.trim_start_matches("pg:");
    let Some((_, _, sql)) = VERBS.iter().find(|(name, _, _)| *name == verb) else {
        let mut output = Output::failure(format!("pg: '{verb}' is not a verb; pg alone lists them"));
        if let Some(near) = nearest(verb, VERBS.iter().map(|(name, _, _)| *name)) {
            output.err(format!("did you mean: {near}\n"));
        }
        return output.into();
    };
    let sql = match (sql.contains("$1"), rest.first().map(|text| text.parse::<u32>())) {
        (false, _) => (*sql).to_owned(),
        (true, Some(Ok(number))) => sql.replace("$1", &number.to_string()),
        (true, _) => return Output::failure(format!("pg {verb}: give it a process id")).into(),
    };
    if only_sql {
        return Output::text(format!("{sql};\n")).into();
    }
    let mut command = vec!["psql".to_owned()];
    command.extend(host);
    command.extend(["-c".to_owned(), sql]);
    Outcome::Run(List::simple(&command))
}

fn list() -> String {
    let rows: Vec<Vec<String>> =
        VERBS.iter().map(|(name, what, _)| row([&format!("pg:{name}"), what])).collect();
    table(&rows)
}
