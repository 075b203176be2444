//! What taking a change back costs in production: how long it takes at least, what it locks, what else it does. Made from the
//! change's own words and the sizes in the model; `changes show` prints it.

use crate::console::Context;
use crate::console::tools::hosts::human;
use crate::postgres::server::Server;
use crate::stack::{ChangeKind, ChangeView, Which};

/// Bytes of a page.
const PAGE: f64 = 8192.0;
/// Bytes of a MB of the disk's throughput.
const MB: f64 = 1e6;

/// Sentences on taking a change back.
pub(super) fn of_rollback(change: &ChangeView, context: &Context<'_>) -> Vec<String> {
    match change.kind {
        ChangeKind::Migration => {
            let server = context.world.database(Which::Primary);
            let statements = change.down.split(';').map(str::trim).filter(|text| !text.is_empty());
            let mut found: Vec<String> =
                statements.map(|statement| of_statement(statement, server)).collect();
            found.dedup();
            found
        }
        ChangeKind::Deploy => {
            let web = &context.scenario.components.web;
            vec![
                format!(
                    "Replaces {} pods, a quarter of them at a time; each is ready about {} after it starts. Capacity is down by up to a quarter meanwhile.",
                    web.pods,
                    seconds(web.startup.median.0.as_secs_f64())
                ),
                "Pods start cold: connections and CPU peak when they come into rotation.".to_owned(),
            ]
        }
        ChangeKind::Config => {
            vec!["At once; holds for requests from then on. Those under way keep the value that they began with.".to_owned()]
        }
        ChangeKind::Flag => {
            vec!["At once; visitors in the middle of a page flow meet the other path.".to_owned()]
        }
    }
}

fn seconds(value: f64) -> String {
    if value < 90.0 { format!("{value:.0} s") } else { format!("{:.0} min", value / 60.0) }
}

/// One statement of DDL.
fn of_statement(statement: &str, server: &Server) -> String {
    let words: Vec<String> = statement.split_whitespace().map(str::to_lowercase).collect();
    let has = |word: &str| words.iter().any(|known| known == word);
    let concurrently = has("concurrently");
    match (words.first().map(String::as_str), words.get(1).map(String::as_str)) {
        (Some("create"), Some("index" | "unique")) | (Some("reindex"), _) => build(&words, concurrently, server),
        (Some("drop"), Some("index")) if concurrently => {
            "DROP INDEX CONCURRENTLY: waits for the queries that use the index, then it is gone at once. Reads and writes go on; \
             what it was for is slow from then on."
                .to_owned()
        }
        (Some("drop"), Some("index")) => {
            "DROP INDEX: takes ACCESS EXCLUSIVE on the table. It waits for every query on it, and every new one waits behind it."
                .to_owned()
        }
        (Some("alter"), Some("table")) => {
            "ALTER TABLE: takes ACCESS EXCLUSIVE on the table for a moment. It waits for every query on it, and every new one waits behind it."
                .to_owned()
        }
        (Some("analyze"), _) => {
            "ANALYZE: reads a sample of the table, a few seconds. Reads and writes go on; queries are planned anew.".to_owned()
        }
        (Some("vacuum"), _) => "VACUUM: reads the table. Reads and writes go on.".to_owned(),
        (Some("alter"), Some("system" | "role" | "database")) => {
            "A setting: holds after a reload, or for sessions that begin later. Nothing is locked.".to_owned()
        }
        (Some(first), _) => format!("{}: a change of the catalog alone, at once.", first.to_uppercase()),
        (None, _) => "Nothing to run.".to_owned(),
    }
}

/// An index build: it reads the whole table, twice if it lets writers in.
fn build(words: &[String], concurrently: bool, server: &Server) -> String {
    let catalog = server.catalog();
    let named = words.iter().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let named: Vec<&str> = named.map(|word| word.rsplit('.').next().unwrap_or(word)).collect();
    let table = named.iter().find_map(|word| catalog.table_by_name(word)).or_else(|| {
        let index = named.iter().find_map(|word| catalog.index_by_name(word))?;
        catalog.tables.get(&index.table)
    });
    let passes = if concurrently { 2.0 } else { 1.0 };
    let cost = table.map_or(String::new(), |table| {
        let bytes = table.size.blocks as f64 * PAGE;
        let at_least = passes * bytes / (server.config().disk_mb_s * MB);
        let times = if concurrently { " twice" } else { "" };
        format!(
            " Reads {} ({}){times}: at least {} from the disk, longer while the processor is busy.",
            table.name,
            human(bytes),
            seconds(at_least.max(1.0))
        )
    });
    let locks = if concurrently {
        "CREATE INDEX CONCURRENTLY: reads and writes go on. It waits for transactions that are older than it; if it fails it leaves an invalid index."
    } else {
        "CREATE INDEX: blocks every write to the table (SHARE lock) until it is done."
    };
    format!("{locks}{cost}")
}
