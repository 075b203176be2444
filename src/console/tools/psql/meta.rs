//! psql's backslash commands.

use super::print::Texts;
use super::session::Psql;
use super::{Address, Target, describe};
use crate::console::Context;
use crate::console::text::duration;
use crate::kernel::Span;
use crate::postgres::query;

/// What `help` prints.
pub(super) const HELP: &str = "You are using psql, the command-line interface to PostgreSQL.
Type:  \\copyright for distribution terms
       \\h for help with SQL commands
       \\? for help with psql commands
       \\g or terminate with semicolon to execute query
       \\q to quit
";

/// What a backslash command leads to.
pub(super) enum Effect {
    /// It printed this.
    Done(String),
    /// It failed with this message.
    Failed(String),
    /// Leave.
    Quit,
    /// Send the statement typed before it.
    Send {
        /// `\gx`.
        expanded: bool,
    },
    /// Send it again and again.
    Watch {
        /// From one start to the next.
        every: Span,
        /// At most so often.
        times: Option<u32>,
    },
    /// Drop the statement typed before it.
    Forget,
    /// Connect elsewhere.
    Connect(Address),
}

/// Commands for `\?` and completion: name, arguments, what it does.
pub(super) const COMMANDS: [(&str, &str, &str); 34] = [
    ("\\q", "", "quit psql"),
    ("\\g", "", "execute query"),
    ("\\gx", "", "as \\g, but forces expanded output mode"),
    ("\\watch", "[SEC]", "execute query every SEC seconds"),
    ("\\?", "", "show help on backslash commands"),
    ("\\p", "", "show the contents of the query buffer"),
    ("\\r", "", "reset (clear) the query buffer"),
    ("\\echo", "[STRING]", "write string to standard output"),
    ("\\d", "[NAME]", "describe table, view, or index; or list them"),
    ("\\d+", "[NAME]", "the same with more detail"),
    ("\\dt", "[PATTERN]", "list tables"),
    ("\\dt+", "[PATTERN]", "list tables with their sizes"),
    ("\\di", "[PATTERN]", "list indexes"),
    ("\\di+", "[PATTERN]", "list indexes with their sizes"),
    ("\\dv", "[PATTERN]", "list views"),
    ("\\dn", "", "list schemas"),
    ("\\df", "[PATTERN]", "list functions"),
    ("\\dx", "", "list extensions"),
    ("\\du", "[PATTERN]", "list roles"),
    ("\\drg", "[PATTERN]", "list role grants"),
    ("\\ds", "[PATTERN]", "list sequences"),
    ("\\db", "[PATTERN]", "list tablespaces"),
    ("\\dp", "[PATTERN]", "list table, view, and sequence access privileges"),
    ("\\dconfig", "[PATTERN]", "list configuration parameters"),
    ("\\l", "", "list databases"),
    ("\\c", "[DBNAME [USER [HOST]]]", "connect to new database"),
    ("\\conninfo", "", "display information about current connection"),
    ("\\x", "[on|off|auto]", "toggle expanded output"),
    ("\\timing", "[on|off]", "toggle timing of commands"),
    ("\\a", "", "toggle between unaligned and aligned output mode"),
    ("\\t", "[on|off]", "show only rows"),
    ("\\pset", "NAME [VALUE]", "set table output option"),
    ("\\f", "[STRING]", "show or set field separator for unaligned query output"),
    ("\\!", "[COMMAND]", "execute command in shell"),
];

/// Shortest interval of `\watch`.
const SHORTEST_WATCH: Span = Span::from_millis(100);

/// Carries a backslash command out. `buffer` is the statement typed before it.
pub(super) fn run(psql: &mut Psql, line: &str, buffer: &str, context: &mut Context<'_>) -> Effect {
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches(';')).collect();
    let (command, arguments) = words.split_first().map_or(("\\", &[][..]), |(first, rest)| (*first, rest));
    let first = arguments.first().copied();
    let looks = |psql: &mut Psql, name: &str| match psql.look.set(name, first) {
        Ok(text) => Effect::Done(format!("{text}\n")),
        Err(message) => Effect::Failed(message),
    };
    match command {
        "\\q" | "\\quit" => Effect::Quit,
        "\\g" | "\\go" => Effect::Send { expanded: false },
        "\\gx" => Effect::Send { expanded: true },
        "\\?" | "\\h" | "\\help" => Effect::Done(help()),
        "\\r" | "\\reset" => Effect::Forget,
        "\\p" | "\\print" => {
            Effect::Done(format!("{}\n", if buffer.is_empty() { "Query buffer is empty." } else { buffer }))
        }
        "\\echo" | "\\qecho" => Effect::Done(format!("{}\n", arguments.join(" ").replace('\'', ""))),
        "\\x" => looks(psql, "expanded"),
        "\\t" => looks(psql, "tuples_only"),
        "\\f" => looks(psql, "fieldsep"),
        "\\a" => {
            use super::print::Form;
            let next = if psql.look.form == Form::Aligned { "unaligned" } else { "aligned" };
            psql.look
                .set("format", Some(next))
                .map_or_else(Effect::Failed, |text| Effect::Done(format!("{text}\n")))
        }
        "\\pset" => match arguments {
            [] => Effect::Failed("\\pset: name an option".into()),
            [name, rest @ ..] => {
                match psql.look.set(name, rest.first().map(|value| value.trim_matches('\''))) {
                    Ok(text) => Effect::Done(format!("{text}\n")),
                    Err(message) => Effect::Failed(message),
                }
            }
        },
        "\\timing" => {
            psql.look.timing = match first {
                Some("on") => true,
                Some("off") => false,
                _ => !psql.look.timing,
            };
            Effect::Done(format!("Timing is {}.\n", if psql.look.timing { "on" } else { "off" }))
        }
        "\\watch" => watch(arguments, buffer),
        "\\conninfo" => Effect::Done(conninfo(psql, context)),
        "\\c" | "\\connect" => connect(psql, arguments),
        "\\copy" => {
            Effect::Failed("\\copy: rows of the shop's tables are out of the on-call role's reach".into())
        }
        "\\e" | "\\ef" | "\\ev" | "\\edit" => {
            Effect::Failed("there is no editor here; type the statement over several lines".into())
        }
        "\\!" => Effect::Failed("\\!: leave psql with \\q first, or use another command line".into()),
        "\\i" | "\\ir" | "\\include" => Effect::Failed("\\i: use psql -f FILE".into()),
        "\\o" => Effect::Failed("\\o: use psql -c … > FILE".into()),
        "\\set" | "\\unset" | "\\encoding" => Effect::Done(String::new()),
        _ if command.starts_with("\\d")
            || matches!(command.trim_end_matches('+'), "\\l" | "\\sf" | "\\z") =>
        {
            describe_command(psql, command, first, context)
        }
        _ => Effect::Failed(format!("invalid command {command}\nTry \\? for help.")),
    }
}

fn describe_command(psql: &Psql, command: &str, pattern: Option<&str>, context: &Context<'_>) -> Effect {
    let Some(server) = psql.server(context) else {
        return Effect::Failed("the pooler's console has no tables; SHOW HELP lists what it has".into());
    };
    let Some(backend) = psql.backend.and_then(|backend| server.backend(backend)) else {
        return Effect::Failed("You are currently not connected to a database.".into());
    };
    if backend.aborted {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        return Effect::Failed(format!("ERROR:  {message}"));
    }
    let session = query::Session {
        server,
        now: context.world.now(),
        pid: backend.pid,
        role: &backend.login.role,
        settings: server.settings_of(backend),
    };
    match describe::run(&session, command, pattern, &psql.look.layout()) {
        Ok(text) => Effect::Done(text),
        Err(message) => Effect::Failed(message),
    }
}

fn watch(arguments: &[&str], buffer: &str) -> Effect {
    if buffer.is_empty() {
        return Effect::Failed("\\watch cannot be used with an empty query".into());
    }
    let mut every = Span::from_secs(2);
    let mut times = None;
    for argument in arguments {
        let (name, value) = argument.split_once('=').unwrap_or(("i", argument));
        match name {
            "i" | "interval" => match duration(value) {
                Some(span) => every = span.max(SHORTEST_WATCH),
                None => return Effect::Failed(format!("\\watch: incorrect interval value \"{value}\"")),
            },
            "c" | "count" => times = value.parse().ok(),
            _ => return Effect::Failed(format!("\\watch: unrecognized parameter \"{name}\"")),
        }
    }
    Effect::Watch { every, times }
}

/// The table that psql 18 prints (`exec_command_conninfo`).
fn conninfo(psql: &Psql, context: &Context<'_>) -> String {
    let address = &psql.address;
    let server = psql.server(context);
    let backend = server.zip(psql.backend).and_then(|(server, backend)| server.backend(backend));
    let superuser = server
        .and_then(|server| server.catalog().role_by_name(&address.user))
        .is_some_and(|role| role.superuser);
    let on_off = |on: bool| if on { "on" } else { "off" }.to_owned();
    let mut texts = Texts::new(["Parameter", "Value"]);
    texts.title = Some("Connection Information".into());
    let rows = [
        ("Database", address.database.clone()),
        ("Client User", address.user.clone()),
        ("Host", address.host.clone()),
        ("Server Port", address.port.clone()),
        ("Options", String::new()),
        ("Protocol Version", "3.0".into()),
        ("Password Used", "false".into()),
        ("GSSAPI Authenticated", "false".into()),
        ("Backend PID", backend.map_or_else(|| "0".into(), |backend| backend.pid.to_string())),
        ("SSL Connection", "false".into()),
        ("Superuser", on_off(superuser)),
        ("Hot Standby", on_off(server.is_some_and(|server| server.config().standby))),
    ];
    for (name, value) in rows {
        texts.push(vec![name.to_owned(), value]);
    }
    texts.print(&psql.look.layout())
}

fn connect(psql: &Psql, arguments: &[&str]) -> Effect {
    let mut address = psql.address.clone();
    let slots = [&mut address.database, &mut address.user, &mut address.host, &mut address.port];
    for (slot, argument) in slots.into_iter().zip(arguments) {
        if *argument != "-" {
            *slot = (*argument).to_owned();
        }
    }
    if arguments.is_empty() && psql.target != Target::Pooler {
        return Effect::Done(format!(
            "You are now connected to database \"{}\" as user \"{}\".\n",
            address.database, address.user
        ));
    }
    Effect::Connect(address)
}

fn help() -> String {
    let row = |(name, arguments, what): &(&str, &str, &str)| {
        format!("  {:<32}{what}\n", format!("{name} {arguments}"))
    };
    COMMANDS.iter().map(row).collect()
}
