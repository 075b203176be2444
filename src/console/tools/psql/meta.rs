//! psql's backslash commands.

use super::conditions::Conditions;
use super::print::Texts;
use super::session::{Psql, Sink};
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
        /// Where its rows go.
        sink: Sink,
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
pub(super) const COMMANDS: [(&str, &str, &str); 42] = [
    ("\\q", "", "quit psql"),
    ("\\g", "", "execute query"),
    ("\\gx", "", "as \\g, but forces expanded output mode"),
    ("\\gset", "[PREFIX]", "execute query and store result in psql variables"),
    ("\\gexec", "", "execute query, then execute each value in its result"),
    ("\\h", "[NAME]", "help on syntax of SQL commands"),
    ("\\errverbose", "", "show most recent error message at maximum verbosity"),
    ("\\set", "[NAME [VALUE]]", "set internal variable, or list all if no parameters"),
    ("\\unset", "NAME", "unset (delete) internal variable"),
    ("\\if", "EXPR", "begin conditional block; \\elif, \\else, \\endif"),
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
    ("\\sf", "FUNCNAME", "show a function's definition"),
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

/// The terms, as psql prints them.
const COPYRIGHT: &str = "PostgreSQL Database Management System
(also known as Postgres, formerly known as Postgres95)

Portions Copyright (c) 1996-2026, PostgreSQL Global Development Group

Portions Copyright (c) 1994, The Regents of the University of California
";

/// Commands whose arguments know quotes and variables.
fn scripting(psql: &mut Psql, command: &str, rest: &str) -> Option<Effect> {
    let arguments = psql.variables.arguments(rest.trim_end().trim_end_matches(';'));
    Some(match command {
        "\\echo" | "\\qecho" | "\\warn" => {
            let bare = arguments.first().is_some_and(|word| word == "-n");
            let (words, end) = if bare { (&arguments[1..], "") } else { (&arguments[..], "\n") };
            Effect::Done(format!("{}{end}", words.join(" ")))
        }
        "\\set" => match arguments.split_first() {
            None => Effect::Done(psql.variables.list()),
            Some((name, values)) => {
                psql.variables.set(name, values.concat());
                assigned(psql, name, &values.concat());
                Effect::Done(String::new())
            }
        },
        "\\unset" => match arguments.first() {
            Some(name) => {
                psql.variables.unset(name);
                Effect::Done(String::new())
            }
            None => Effect::Failed("\\unset: missing required argument".into()),
        },
        "\\gset" => Effect::Send {
            expanded: false,
            sink: Sink::Variables(arguments.into_iter().next().unwrap_or_default()),
        },
        _ => return None,
    })
}

/// Variables that change how psql works.
fn assigned(psql: &mut Psql, name: &str, value: &str) {
    let on = super::variables::is_true(value).unwrap_or(!value.is_empty());
    match name {
        "ON_ERROR_STOP" => psql.stops_on_error = on,
        "QUIET" => psql.look.quiet = on,
        _ => {}
    }
}

/// Carries a backslash command out. `buffer` is the statement typed before it.
pub(super) fn run(psql: &mut Psql, line: &str, buffer: &str, context: &mut Context<'_>) -> Effect {
    if Conditions::is_condition(line) {
        let done = psql.conditions.command(line, &psql.variables);
        return done.map_or_else(Effect::Failed, |()| Effect::Done(String::new()));
    }
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    if let Some(effect) = scripting(psql, name, rest) {
        return effect;
    }
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_end_matches(';')).collect();
    let (command, arguments) = words.split_first().map_or(("\\", &[][..]), |(first, rest)| (*first, rest));
    let first = arguments.first().copied();
    let looks = |psql: &mut Psql, name: &str| match psql.look.set(name, first) {
        Ok(text) => Effect::Done(format!("{text}\n")),
        Err(message) => Effect::Failed(message),
    };
    match command {
        "\\q" | "\\quit" => Effect::Quit,
        "\\g" | "\\go" => Effect::Send { expanded: false, sink: Sink::Screen },
        "\\gx" => Effect::Send { expanded: true, sink: Sink::Screen },
        "\\gexec" => Effect::Send { expanded: false, sink: Sink::Statements },
        "\\?" => Effect::Done(help()),
        "\\h" | "\\help" => {
            super::help::about(&arguments.join(" ")).map_or_else(Effect::Failed, Effect::Done)
        }
        "\\errverbose" => Effect::Done(
            psql.last_error.clone().unwrap_or_else(|| "There is no previous error.\n".to_owned()),
        ),
        "\\copyright" => Effect::Done(COPYRIGHT.to_owned()),
        "\\encoding" => Effect::Done("UTF8\n".to_owned()),
        "\\r" | "\\reset" => Effect::Forget,
        "\\p" | "\\print" => {
            Effect::Done(format!("{}\n", if buffer.is_empty() { "Query buffer is empty." } else { buffer }))
        }
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
            [] => Effect::Done(psql.look.list()),
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
        "\\sf" | "\\sf+" => describe_command(psql, command, Some(&arguments.join(" ")), context),
        "\\!" => Effect::Failed("\\!: leave psql with \\q first, or use another command line".into()),
        "\\i" | "\\ir" | "\\include" => Effect::Failed("\\i: use psql -f FILE".into()),
        "\\o" => Effect::Failed("\\o: use psql -c … > FILE".into()),
        _ if command.starts_with("\\d") || matches!(command.trim_end_matches('+'), "\\l" | "\\z") => {
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
