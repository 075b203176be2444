//! `psql`: PostgreSQL's own terminal, with a real session on the simulated server: it takes a connection slot, its queries
//! use CPU, and it can be locked out, cancelled and terminated like any other.

mod complete;
mod conditions;
mod describe;
mod help;
mod meta;
mod pooler;
mod print;
mod session;
mod split;
mod variables;

pub(crate) use complete::relations;
pub(crate) use session::Psql;

use crate::console::Context;
use crate::console::jobs::Job;
use crate::console::shell::options::{Flag, Parsed, flag, parse, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool};
use crate::stack::Which;
use session::Look;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "psql",
    aliases: &[],
    group: Group::Data,
    usage: "psql [-h HOST] [-p PORT] [-U USER] [-d DATABASE] [-c COMMAND]… [-f FILE] [-AtxqX] [--csv] [DATABASE | URI]",
    summary: "query the database",
    manual: "Without -c, -f or a pipe into it, starts an interactive session: SQL up to a semicolon, over several lines if you like, and backslash commands (\\? lists them). Ctrl-C \
             cancels the query that runs; \\q or Ctrl-D leaves.

The on-call role reads catalogs and statistics, may EXPLAIN, cancel and terminate sessions, and change indexes. Rows of the shop's tables are out of reach. Reading takes time as it does in \
             production: EXPLAIN ANALYZE runs the query.",
    flags: FLAGS,
    complete: complete::arguments,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('h', "host", "HOST", "pg-1 (the primary, default), pg-2 (the replica), pgbouncer"),
    flag('p', "port", "PORT", "6432 with the database pgbouncer is the pooler's console: SHOW HELP"),
    flag('U', "username", "USER", "the role"),
    flag('d', "dbname", "DATABASE", "the database"),
    flag('c', "command", "COMMAND", "run one command and leave; may be repeated"),
    flag('f', "file", "FILE", "run a scratch file"),
    flag('l', "list", "", "list databases and leave"),
    flag('x', "expanded", "", "expanded output"),
    flag('A', "no-align", "", "unaligned"),
    flag('t', "tuples-only", "", "rows only"),
    flag('F', "field-separator", "S", "S between unaligned columns"),
    word('C', "csv", "", "as CSV"),
    flag('P', "pset", "NAME[=VALUE]", "set a printing option, as \\pset does"),
    flag('v', "set", "NAME=VALUE", "set a variable: ON_ERROR_STOP=1 stops at the first error"),
    flag('q', "quiet", "", "no messages"),
    flag('X', "no-psqlrc", "", "accepted: there is no ~/.psqlrc"),
    flag('w', "no-password", "", "accepted: no password is asked for"),
    flag('W', "password", "", "accepted: no password is asked for"),
    flag('1', "single-transaction", "", "accepted"),
    flag('a', "echo-all", "", "accepted"),
    flag('b', "echo-errors", "", "accepted"),
    flag('e', "echo-queries", "", "accepted"),
    flag('E', "echo-hidden", "", "accepted"),
    flag('L', "log-file", "FILE", "accepted"),
    flag('n', "no-readline", "", "accepted"),
    flag('o', "output", "FILE", "accepted"),
    flag('s', "single-step", "", "accepted"),
    flag('V', "version", "", "tell the version"),
];

/// The version that the model follows.
pub(crate) const VERSION: &str = "18.4";
/// The on-call role.
pub(crate) const ROLE: &str = "oncall";
/// Ports of the server and of the pooler.
const SERVER_PORT: &str = "5432";
const POOLER_PORT: &str = "6432";

/// Where a session leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A database server.
    Server(Which),
    /// The pooler's admin console.
    Pooler,
}

/// What to connect to.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) user: String,
    pub(crate) database: String,
}

fn run(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    match start(call, session, context) {
        Ok(psql) => Outcome::Job(Job::Psql(Box::new(psql))),
        Err(output) => output.into(),
    }
}

fn start(call: &Call<'_>, session: &Session, context: &mut Context<'_>) -> Result<Psql, Output> {
    let hint = |message: String| {
        Output::failure(format!("psql: {message}\npsql: hint: Try \"psql --help\" for more information."))
    };
    let parsed = parse(FLAGS, call.arguments).map_err(hint)?;
    if parsed.has('S') {
        return Err(Output::text(format!("psql (PostgreSQL) {VERSION}\n")));
    }
    let address = address(&parsed, session, context);
    let mut script: Vec<String> = Vec::new();
    for (letter, text) in &parsed.options {
        match letter {
            'c' => script.push(text.clone()),
            'f' => match session.read(text) {
                Some(file) => script.push(file.to_owned()),
                None => {
                    return Err(Output::failure(format!("psql: error: {text}: No such file or directory")));
                }
            },
            'l' => script.push("\\l".into()),
            _ => {}
        }
    }
    let from_pipe = script.is_empty() && call.stdin.is_some();
    if from_pipe {
        script.extend(call.stdin.map(str::to_owned));
    }
    let interactive = script.is_empty() && call.on_screen;
    let look = look(&parsed)?;
    let stops =
        parsed.options.iter().any(|(letter, text)| *letter == 'v' && text.starts_with("ON_ERROR_STOP"));
    let assignments = parsed.options.iter().filter(|(letter, _)| *letter == 'v');
    let assignments: Vec<(&str, &str)> =
        assignments.map(|(_, text)| text.split_once('=').unwrap_or((text, ""))).collect();
    Psql::connect(address, script, interactive, look, stops, &assignments, context)
}

fn look(parsed: &Parsed) -> Result<Look, Output> {
    let mut look = Look { quiet: parsed.has('q'), ..Look::default() };
    if parsed.has('A') {
        look.form = print::Form::Unaligned;
    }
    if parsed.has('C') {
        look.form = print::Form::Csv;
    }
    look.tuples_only = parsed.has('t');
    if parsed.has('x') {
        look.expanded = print::Expanded::On;
    }
    if let Some(separator) = parsed.value('F') {
        look.separator = separator.to_owned();
    }
    for (_, setting) in parsed.options.iter().filter(|(letter, _)| *letter == 'P') {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        if let Err(message) = look.set(name, Some(value).filter(|value| !value.is_empty())) {
            return Err(Output::failure(format!("psql: error: {message}")));
        }
    }
    Ok(look)
}

/// Host, port, user and database from options, operands, a URI, and PG… variables.
fn address(parsed: &Parsed, session: &Session, context: &Context<'_>) -> Address {
    let variable = |name: &str| session.variables.get(name).cloned();
    let mut address = Address {
        host: variable("PGHOST").unwrap_or_default(),
        port: variable("PGPORT").unwrap_or_default(),
        user: variable("PGUSER").unwrap_or_else(|| ROLE.to_owned()),
        database: variable("PGDATABASE").unwrap_or_default(),
    };
    let mut operands = parsed.operands.iter();
    if let Some(name) = parsed.value('d').map(str::to_owned).or_else(|| operands.next().cloned()) {
        read_name(&name, &mut address);
    }
    if let Some(user) = parsed.value('U').map(str::to_owned).or_else(|| operands.next().cloned()) {
        address.user = user;
    }
    if let Some(host) = parsed.value('h') {
        address.host = host.to_owned();
    }
    if let Some(port) = parsed.value('p') {
        address.port = port.to_owned();
    }
    if address.host.is_empty() {
        let pooler = address.port == POOLER_PORT || address.database == "pgbouncer";
        address.host = if pooler {
            context.scenario.components.pooler.name.clone()
        } else {
            context.world.database_name(Which::Primary).to_owned()
        };
    }
    if address.port.is_empty() {
        let pooler = address.host == context.scenario.components.pooler.name;
        address.port = if pooler { POOLER_PORT } else { SERVER_PORT }.to_owned();
    }
    if address.database.is_empty() {
        address.database = if address.host == context.scenario.components.pooler.name {
            "pgbouncer".into()
        } else {
            context.world.database(Which::Primary).catalog().database.clone()
        };
    }
    address
}

/// A database's name, a `postgres://` address, or `host=… dbname=…`.
fn read_name(name: &str, address: &mut Address) {
    if let Some(rest) = name.strip_prefix("postgres://").or(name.strip_prefix("postgresql://")) {
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) =
            authority.rsplit_once('@').map_or((None, authority), |(user, place)| (Some(user), place));
        let (host, port) = place.split_once(':').unwrap_or((place, ""));
        address.host = host.to_owned();
        address.port = port.to_owned();
        address.database = path.split('?').next().unwrap_or("").to_owned();
        if let Some(user) = user {
            address.user = user.split(':').next().unwrap_or(user).to_owned();
        }
    } else if name.contains('=') {
        for (key, value) in name.split_whitespace().filter_map(|pair| pair.split_once('=')) {
            match key {
                "host" => address.host = value.to_owned(),
                "port" => address.port = value.to_owned(),
                "user" => address.user = value.to_owned(),
                "dbname" => address.database = value.to_owned(),
                _ => {}
            }
        }
    } else {
        address.database = name.to_owned();
    }
}
