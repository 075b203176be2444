//! PgBouncer's admin console: the `SHOW` commands, from the pools as they are.

use super::print::Texts;
use crate::console::Context;
use crate::console::text::nearest;
use crate::stack::{PoolView, Which};

/// What it can show.
const SHOWS: [&str; 7] = ["HELP", "POOLS", "DATABASES", "SERVERS", "LISTS", "CONFIG", "VERSION"];

/// Answers a statement; the error is without `ERROR:`.
pub(super) fn answer(text: &str, context: &Context<'_>) -> Result<Texts, String> {
    let words: Vec<String> = text.trim_end_matches(';').split_whitespace().map(str::to_uppercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["SHOW", "POOLS"] => Ok(pools(context)),
        ["SHOW", "DATABASES"] => Ok(databases(context)),
        ["SHOW", "SERVERS"] => Ok(servers(context)),
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
                "database" | "user" | "pool_mode" | "name" | "host" | "list" | "state" | "addr" | "type"
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
    for pool in context.world.pools() {
        texts.push(vec![format!("{}.pool_size", pool.name), pool.pool_size.to_string()]);
        texts.push(vec![
            format!("{}.query_wait_timeout", pool.name),
            pool.wait_timeout.as_secs_f64().to_string(),
        ]);
    }
    texts
}
