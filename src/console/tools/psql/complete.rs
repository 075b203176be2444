//! Completion for psql: its options, and SQL keywords, tables, indexes and columns.

use super::meta::COMMANDS;
use crate::console::Context;
use crate::console::table::{Asking, Candidate};
use crate::stack::Which;

/// Keywords and names that people type at psql, beside what the catalog has.
const WORDS: [&str; 62] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "HAVING",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS NULL",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "AS",
    "DESC",
    "ASC",
    "NULLS LAST",
    "DISTINCT",
    "COUNT(*)",
    "EXPLAIN",
    "EXPLAIN (ANALYZE, BUFFERS)",
    "ANALYZE",
    "CREATE INDEX",
    "CREATE INDEX CONCURRENTLY",
    "DROP INDEX",
    "DROP INDEX CONCURRENTLY",
    "REINDEX INDEX CONCURRENTLY",
    "SHOW",
    "SET",
    "RESET",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "pg_stat_activity",
    "pg_stat_statements",
    "pg_stat_user_tables",
    "pg_stat_user_indexes",
    "pg_statio_user_tables",
    "pg_stat_database",
    "pg_stat_replication",
    "pg_stat_progress_create_index",
    "pg_locks",
    "pg_indexes",
    "pg_index",
    "pg_class",
    "pg_stats",
    "pg_settings",
    "pg_blocking_pids(",
    "pg_cancel_backend(",
    "pg_terminate_backend(",
    "pg_relation_size(",
    "pg_size_pretty(",
    "pg_get_indexdef(",
    "now()",
    "query_start",
    "total_exec_time",
];

/// Tables and indexes with what they are.
pub(crate) fn relations(context: &Context<'_>) -> Vec<Candidate> {
    let catalog = context.world.database(Which::Primary).catalog();
    let tables = catalog.tables.values().map(|table| (table.name.clone(), "table".to_owned()));
    let indexes = catalog.indexes.values().map(|index| {
        let on = catalog.tables.get(&index.table).map_or("", |table| table.name.as_str());
        (index.name.clone(), format!("index on {on}"))
    });
    tables.chain(indexes).collect()
}

fn columns(context: &Context<'_>) -> Vec<Candidate> {
    let catalog = context.world.database(Which::Primary).catalog();
    let of = |table: &crate::postgres::catalog::Table| {
        let name = table.name.clone();
        let visible = table.columns.iter().filter(|column| !column.dropped);
        visible.map(|column| (column.name.clone(), format!("column of {name}"))).collect::<Vec<_>>()
    };
    catalog.tables.values().flat_map(of).collect()
}

/// Proposals inside a session.
pub(super) fn sql(asking: &Asking<'_, '_>, _buffer: &str) -> Vec<Candidate> {
    if asking.current.starts_with('\\') {
        return COMMANDS.iter().map(|(name, _, what)| ((*name).to_owned(), (*what).to_owned())).collect();
    }
    let mut found: Vec<Candidate> = Vec::new();
    if !asking.before.first().is_some_and(|first| first.starts_with('\\')) {
        found.extend(WORDS.iter().map(|word| ((*word).to_owned(), String::new())));
    }
    found.extend(relations(asking.context));
    found.extend(columns(asking.context));
    found
}

/// Proposals for psql's own arguments.
pub(super) fn arguments(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let name = |which| asking.context.world.database_name(which).to_owned();
    let in_command = asking.before.iter().any(|word| word.starts_with("-c") || word == "--command");
    match asking.before.last().map(String::as_str) {
        Some("-h" | "--host") => vec![
            (name(Which::Primary), "the primary".into()),
            (name(Which::Replica), "the replica".into()),
            (asking.context.scenario.components.pooler.name.clone(), "the pooler".into()),
        ],
        Some("-p" | "--port") => {
            vec![("5432".into(), "PostgreSQL".into()), ("6432".into(), "the pooler".into())]
        }
        _ if in_command => sql(asking, ""),
        _ => vec![
            ("-c".into(), "run one command".into()),
            ("-h".into(), "host".into()),
            ("-x".into(), "expanded output".into()),
            (asking.context.world.database(Which::Primary).catalog().database.clone(), "database".into()),
        ],
    }
}
