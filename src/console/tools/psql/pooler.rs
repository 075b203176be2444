//! PgBouncer's admin console: the `SHOW` commands, from the pools as they are.

use super::print::Texts;
use crate::console::Context;
use crate::console::text::nearest;
use crate::stack::{PoolView, Which};

/// What it can show.
const SHOWS: [&str; 11] = [
    "HELP",
    "POOLS",
    "CLIENTS",
    "SERVERS",
    "DATABASES",
    "STATS",
    "STATS_TOTALS",
    "LISTS",
    "USERS",
    "CONFIG",
    "VERSION",
];
/// A figure that the pooler's model doesn't have.
const UNKNOWN: &str = "-";

/// Answers a statement; the error is without `ERROR:`.
pub(super) fn answer(text: &str, context: &Context<'_>) -> Result<Texts, String> {
    let words: Vec<String> = text.trim_end_matches(';').split_whitespace().map(str::to_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["SHOW", "POOLS"] => Ok(pools(context)),
        ["SHOW", "DATABASES"] => Ok(databases(context)),
        ["SHOW", "SERVERS"] => Ok(servers(context)),
        ["SHOW", "CLIENTS"] => Ok(clients(context)),
        ["SHOW", "STATS"] => Ok(stats(context, true)),
        ["SHOW", "STATS_TOTALS"] => Ok(stats(context, false)),
        ["SHOW", "USERS"] => Ok(users(context)),
        ["SHOW", "LISTS"] => Ok(lists(context)),
        ["SHOW", "CONFIG"] => Ok(config(context)),
        ["SHOW", "VERSION"] => {
            let mut texts = Texts::new(["version"]);
            texts.push(vec!["PgBouncer 1.23.1".into()]);
            Ok(texts)
        }
        ["SHOW", "HELP"] | ["SHOW"] => {
            let mut texts = Texts::new(["Console usage"]);
            texts.push(vec![format!("SHOW {}", SHOWS.join("|"))]);
            Ok(texts)
        }
        ["SHOW", other, ..] => {
            let near = nearest(other, SHOWS.into_iter())
                .map_or(String::new(), |near| format!("; did you mean SHOW {near}?"));
            Err(format!("unsupported SHOW command '{other}'{near}"))
        }
        [
            "PAUSE" | "RESUME" | "RELOAD" | "KILL" | "SUSPEND" | "SHUTDOWN" | "SET" | "DISABLE" | "ENABLE"
            | "RECONNECT",
            ..,
        ] => Err("admin access needed: pool sizes are changed with config set".into()),
        _ => Err(format!("invalid command '{}', use SHOW HELP;", text.trim())),
    }
}

/// The role that a pool logs in as.
fn user(context: &Context<'_>, pool: &PoolView) -> String {
    context.scenario.components.pool(&pool.name).map_or(String::new(), |known| known.role.clone())
}

fn right(texts: &mut Texts, columns: &[&str]) {
    texts.columns = columns
        .iter()
        .map(|name| {
            let text = matches!(
                *name,
                "database"
                    | "user"
                    | "pool_mode"
                    | "name"
                    | "host"
                    | "list"
                    | "state"
                    | "addr"
                    | "type"
                    | "key"
                    | "value"
                    | "default"
                    | "changeable"
            );
            ((*name).to_owned(), !text)
        })
        .collect();
}

fn pools(context: &Context<'_>) -> Texts {
    let mut texts = Texts::default();
    right(
        &mut texts,
        &[
            "database",
            "user",
            "cl_active",
            "cl_waiting",
            "sv_active",
            "sv_idle",
            "sv_used",
            "maxwait",
            "maxwait_us",
            "pool_mode",
        ],
    );
    for pool in context.world.pools() {
        let wait = pool.longest_wait;
        texts.push(vec![
            pool.name.clone(),
            user(context, &pool),
            pool.clients_active.to_string(),
            pool.clients_waiting.to_string(),
            pool.servers_active.to_string(),
            pool.servers_idle.to_string(),
            "0".into(),
            wait.as_secs().to_string(),
            (wait.as_micros() % 1_000_000).to_string(),
            "transaction".into(),
        ]);
    }
    texts
}

fn databases(context: &Context<'_>) -> Texts {
    let mut texts = Texts::default();
    right(&mut texts, &["name", "host", "port", "database", "pool_size", "pool_mode", "current_connections"]);
    for pool in context.world.pools() {
        texts.push(vec![
            pool.name.clone(),
            pool.server.clone(),
            "5432".into(),
            context.world.database(Which::Primary).catalog().database.clone(),
            pool.pool_size.to_string(),
            "transaction".into(),
            (pool.servers_active + pool.servers_idle).to_string(),
        ]);
    }
    texts
}

/// The sessions that the pooler holds, from the servers' own lists.
fn servers(context: &Context<'_>) -> Texts {
    let mut texts = Texts::default();
    right(&mut texts, &["type", "user", "database", "state", "host", "port", "remote_pid"]);
    let pools = &context.scenario.components.pooler.pools;
    for which in [Which::Primary, Which::Replica] {
        let name = context.world.database_name(which).to_owned();
        for (_, backend) in context.world.database(which).activity() {
            let pool = pools.iter().find(|pool| {
                pool.database == name
                    && pool.role == backend.login.role
                    && pool.application_name == backend.login.application_name
            });
            let Some(pool) = pool else { continue };
            texts.push(vec![
                "S".into(),
                backend.login.role.clone(),
                pool.name.clone(),
                if backend.is_active() { "active" } else { "idle" }.into(),
                name.clone(),
                "5432".into(),
                backend.pid.to_string(),
            ]);
        }
    }
    texts
}

/// The clients that have a server connection or wait for one. Idle ones aren't part of the pooler's model.
fn clients(context: &Context<'_>) -> Texts {
    let mut texts = Texts::default();
    right(
        &mut texts,
        &[
            "type",
            "user",
            "database",
            "state",
            "addr",
            "port",
            "wait",
            "wait_us",
            "remote_pid",
            "application_name",
        ],
    );
    let pools = context.world.pools();
    for client in context.world.pool_clients() {
        let Some(pool) = pools.iter().find(|pool| pool.name == client.pool) else { continue };
        let wait = if client.waits { client.since } else { crate::kernel::Span::ZERO };
        texts.push(vec![
            "C".into(),
            user(context, pool),
            pool.name.clone(),
            if client.waits { "waiting" } else { "active" }.into(),
            client.address.clone().unwrap_or_else(|| "worker".into()),
            UNKNOWN.into(),
            wait.as_secs().to_string(),
            (wait.as_micros() % 1_000_000).to_string(),
            client.server_pid.map_or(String::new(), |pid| pid.to_string()),
            "storefront".into(),
        ]);
    }
    texts
}

/// Queries and times of each pool since the start. In transaction mode with single statements, a query is a transaction.
fn stats(context: &Context<'_>, averages: bool) -> Texts {
    let mut texts = Texts::default();
    let mut columns = vec![
        "database",
        "total_xact_count",
        "total_query_count",
        "total_received",
        "total_sent",
        "total_xact_time",
        "total_query_time",
        "total_wait_time",
    ];
    if averages {
        columns.extend(["avg_query_count", "avg_query_time", "avg_wait_time"]);
    }
    right(&mut texts, &columns);
    let seconds = context.world.now().as_secs().max(1);
    for pool in context.world.pools() {
        let count = pool.queries.to_string();
        let (query_us, wait_us) = (pool.query_time.as_micros(), pool.wait_time.as_micros());
        let mut row = vec![
            pool.name.clone(),
            count.clone(),
            count,
            UNKNOWN.into(),
            UNKNOWN.into(),
            query_us.to_string(),
            query_us.to_string(),
            wait_us.to_string(),
        ];
        if averages {
            row.push((pool.queries / seconds).to_string());
            row.push((query_us / pool.queries.max(1)).to_string());
            row.push((wait_us / pool.queries.max(1)).to_string());
        }
        texts.push(row);
    }
    texts
}

fn users(context: &Context<'_>) -> Texts {
    let mut texts = Texts::default();
    right(&mut texts, &["name", "pool_mode"]);
    let mut names: Vec<String> = context.world.pools().iter().map(|pool| user(context, pool)).collect();
    names.sort();
    names.dedup();
    for name in names {
        texts.push(vec![name, String::new()]);
    }
    texts
}

fn lists(context: &Context<'_>) -> Texts {
    let mut texts = Texts::default();
    right(&mut texts, &["list", "items"]);
    let pools = context.world.pools();
    let sum = |count: fn(&PoolView) -> u32| pools.iter().map(count).sum::<u32>().to_string();
    for (list, items) in [
        ("databases", pools.len().to_string()),
        ("pools", pools.len().to_string()),
        ("used_clients", sum(|pool| pool.clients_active + pool.clients_waiting)),
        ("used_servers", sum(|pool| pool.servers_active)),
        ("free_servers", sum(|pool| pool.servers_idle)),
    ] {
        texts.push(vec![list.into(), items]);
    }
    texts
}

fn config(context: &Context<'_>) -> Texts {
    let mut texts = Texts::new(["key", "value"]);
    texts.push(vec!["pool_mode".into(), "transaction".into()]);
    texts.push(vec!["server_login_retry".into(), "15".into()]);
    for pool in context.world.pools() {
        texts.push(vec![format!("{}.pool_size", pool.name), pool.pool_size.to_string()]);
        texts.push(vec![
            format!("{}.query_wait_timeout", pool.name),
            pool.wait_timeout.as_secs_f64().to_string(),
        ]);
    }
    texts
}
