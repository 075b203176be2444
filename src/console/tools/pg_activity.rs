//! `pg_activity`: the database server at a glance, and what runs there, busiest first. The real one redraws its screen; this
//! one prints a screen, and `watch pg_activity` another each time.

use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::table_with;
use crate::kernel::Span;
use crate::postgres::server::{Backend, BackendState, BackendType, Server};
use crate::stack::Which;
use crate::telemetry::Selector;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "pg_activity",
    aliases: &["pg_top", "pgtop", "pgcenter"],
    group: Group::Data,
    usage: "pg_activity [-h HOST] [--blocking | --waiting] [--min-duration SECONDS]",
    summary: "show what a database server is busy with",
    manual: "Prints the server's connections by state, its transactions a second, its cache hits, and the statements that run, longest first. Redraws nothing: watch pg_activity \
             prints it again and again. How much processor a session uses is told by ssh HOST top.",
    flags: FLAGS,
    complete: |asking: &Asking<'_, '_>| -> Vec<Candidate> {
        let databases = asking.context.scenario.components.databases.iter();
        databases.map(|database| (database.name.clone(), "database server".to_owned())).collect()
    },
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('h', "host", "HOST", "the server: the primary by default"),
    flag('p', "port", "PORT", "accepted"),
    flag('U', "username", "USER", "accepted"),
    flag('d', "dbname", "DATABASE", "accepted"),
    word('b', "blocking", "", "only sessions that others wait for"),
    word('w', "waiting", "", "only sessions that wait for a lock"),
    word('m', "min-duration", "SECONDS", "only statements that have run so long"),
    word('r', "refresh", "SECONDS", "accepted: see watch"),
    word('c', "rds", "", "accepted"),
    word('n', "no-db-size", "", "accepted"),
];

/// Statements listed.
const LISTED: usize = 30;
/// Characters of a statement.
const STATEMENT: usize = 70;
/// Over which time rates are taken.
const RATE_WINDOW: Span = Span::MINUTE;

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    screen(call, context).unwrap_or_else(|output| output).into()
}

fn screen(call: &Call<'_>, context: &Context<'_>) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 2)?;
    let wanted = parsed.value('h').or(parsed.operands.first().map(String::as_str));
    let which = [Which::Primary, Which::Replica];
    let which = which.into_iter().find(|which| {
        wanted.map_or(*which == Which::Primary, |name| context.world.database_name(*which) == name)
    });
    let Some(which) = which else {
        let name = wanted.unwrap_or_default();
        return Err(Output::failure(format!(
            "could not connect to PostgreSQL: could not translate host name \"{name}\" to address: Name or service not known"
        )));
    };
    let least = match parsed.value('m') {
        None => Span::ZERO,
        Some(text) => crate::console::text::duration(text).ok_or_else(|| {
            Output::failure_with(
                2,
                format!("pg_activity: error: argument --min-duration: invalid float value: '{text}'"),
            )
        })?,
    };
    let server = context.world.database(which);
    let name = context.world.database_name(which);
    let now = context.world.now();
    let sessions: Vec<&Backend> =
        server.activity().map(|(_, backend)| backend).filter(|backend| is_client(backend)).collect();
    let mut running: Vec<&Backend> = sessions.iter().copied().filter(|backend| backend.is_active()).collect();
    if parsed.has('w') {
        running.retain(|backend| waits_for_lock(backend));
    }
    if parsed.has('b') {
        let blockers: Vec<u32> =
            sessions.iter().flat_map(|backend| server.blocking_pids(backend.pid)).collect();
        running = sessions.iter().copied().filter(|backend| blockers.contains(&backend.pid)).collect();
    }
    let runs_for = |backend: &Backend| now.since(backend.query_start.unwrap_or(now));
    running.retain(|backend| runs_for(backend) >= least);
    running.sort_by_key(|backend| (std::cmp::Reverse(runs_for(backend)), backend.pid));
    let mut rows = vec![row(["PID", "DATABASE", "APP", "USER", "CLIENT", "TIME+", "WAIT", "STATE", "Query"])];
    for backend in running.iter().take(LISTED) {
        let wait = backend.shown_wait().map_or("-".to_owned(), |wait| wait.names().1.to_owned());
        let client = backend.login.client_addr.map_or("local".to_owned(), |address| address.to_string());
        let text: String = server.query_text(backend).split_whitespace().collect::<Vec<_>>().join(" ");
        rows.push(row([
            &backend.pid.to_string(),
            &backend.login.database,
            &backend.login.application_name,
            &backend.login.role,
            &client,
            &format!("{:.2}s", runs_for(backend).as_secs_f64()),
            &wait,
            backend.state.name(),
            &text.chars().take(STATEMENT).collect::<String>(),
        ]));
    }
    let title = match (parsed.has('b'), parsed.has('w')) {
        (true, _) => "BLOCKING QUERIES",
        (_, true) => "WAITING QUERIES",
        _ => "RUNNING QUERIES",
    };
    let left = running.len().saturating_sub(LISTED);
    let more = if left > 0 { format!("… and {left} more\n") } else { String::new() };
    Ok(Output::text(format!(
        "{}\n{title}\n{}{more}",
        head(context, server, name, &sessions),
        table_with(&rows, 2)
    )))
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    crate::console::text::row(cells)
}

fn is_client(backend: &Backend) -> bool {
    backend.kind == BackendType::Client
}

fn waits_for_lock(backend: &Backend) -> bool {
    backend.shown_wait().is_some_and(|wait| wait.names().0 == "Lock")
}

fn head(context: &Context<'_>, server: &Server, name: &str, sessions: &[&Backend]) -> String {
    let now = context.world.now();
    let metrics = &context.world.telemetry().metrics;
    let rate = |metric: &str| {
        let found = metrics.select(&Selector::new(metric).with("server", name));
        found.first().map_or(0.0, |id| metrics.rate(*id, now.back(RATE_WINDOW), now))
    };
    let in_state = |state: BackendState| sessions.iter().filter(|backend| backend.state == state).count();
    let waiting = sessions.iter().filter(|backend| waits_for_lock(backend)).count();
    let statements = server.statement_statistics();
    let hit: f64 = statements.iter().map(|statement| statement.blocks_hit).sum();
    let read: f64 = statements.iter().map(|statement| statement.blocks_read).sum();
    let hits = if hit + read > 0.0 { format!("{:.2}%", hit / (hit + read) * 100.0) } else { "-".to_owned() };
    let bytes = server.buffers().residency().map(|relation| relation.pages).sum::<f64>() * 8192.0;
    format!(
        "PostgreSQL {} - {name} - oncall@{name}:5432/{} - {}\n * Global:   {} min uptime · {} dbs size · {hits} cache hit ratio of statements\n * Sessions: {}/{} total · {} active · {} idle · {} idle in txn · \
         {waiting} waiting\n * Activity: {:.0} tps · {:.0} rollbacks/s\n",
        super::psql::VERSION,
        server.catalog().database,
        context.scenario.calendar().clock(now),
        now.since(server.times().0).as_secs() / 60,
        super::hosts::human(bytes),
        sessions.len(),
        server.config().max_connections,
        in_state(BackendState::Active),
        in_state(BackendState::Idle),
        in_state(BackendState::IdleInTransaction),
        rate("pg_stat_database_xact_commit"),
        rate("pg_stat_database_xact_rollback"),
    )
}
