//! A psql session under way: what is left to run, what runs, how results look.

use super::conditions::Conditions;
use super::meta::{self, Effect};
use super::pooler;
use super::print::{Expanded, Form, Layout, Texts};
use super::split::{Inside, Item, split};
use super::variables::Variables;
use super::{Address, Target, VERSION};
use crate::console::Context;
use crate::console::jobs::{INTERRUPTED, Interrupted, Polled};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Candidate, Output};
use crate::kernel::{SimTime, Span};
use crate::postgres::server::{BackendId, Login, Reply, Server};
use crate::stack::{BASTION, Which};
use std::collections::VecDeque;

/// Longest unfinished statement kept, in bytes.
const MAX_BUFFER: usize = 1 << 20;
/// Most items waiting to run.
const MAX_QUEUE: usize = 10_000;

/// How results look.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(super) form: Form,
    pub(super) expanded: Expanded,
    pub(super) tuples_only: bool,
    pub(super) separator: String,
    pub(super) null: String,
    pub(super) timing: bool,
    pub(super) quiet: bool,
    pub(super) width: usize,
    /// 0, 1 or 2 (`\pset border`).
    pub(super) border: u8,
    pub(super) footer: bool,
    pub(super) title: Option<String>,
}

impl Default for Look {
    fn default() -> Look {
        Look {
            form: Form::Aligned,
            expanded: Expanded::Off,
            tuples_only: false,
            separator: "|".into(),
            null: String::new(),
            timing: false,
            quiet: false,
            width: 80,
            border: 1,
            footer: true,
            title: None,
        }
    }
}

impl Look {
    /// For printing.
    pub(super) fn layout(&self) -> Layout<'_> {
        Layout {
            form: self.form,
            expanded: self.expanded,
            tuples_only: self.tuples_only,
            separator: &self.separator,
            null: &self.null,
            width: self.width,
            border: self.border,
            footer: self.footer,
            title: self.title.as_deref(),
        }
    }

    /// `\pset NAME [VALUE]`; what psql says about it, or its complaint.
    pub(super) fn set(&mut self, name: &str, value: Option<&str>) -> Result<String, String> {
        let on = |was: bool| match value {
            Some("on" | "1" | "true") => true,
            Some("off" | "0" | "false") => false,
            _ => !was,
        };
        match name {
            "format" => {
                self.form = match value {
                    Some("aligned") => Form::Aligned,
                    Some("unaligned") => Form::Unaligned,
                    Some("csv") => Form::Csv,
                    _ => return Err("\\pset: allowed formats are aligned, csv, unaligned".into()),
                };
                let form = format!("{:?}", self.form).to_lowercase();
                Ok(format!("Output format is {form}."))
            }
            "expanded" | "x" | "vertical" => {
                self.expanded = match value {
                    Some("auto") => Expanded::Auto,
                    _ if on(self.expanded == Expanded::On) => Expanded::On,
                    _ => Expanded::Off,
                };
                Ok(match self.expanded {
                    Expanded::On => "Expanded display is on.".into(),
                    Expanded::Off => "Expanded display is off.".into(),
                    Expanded::Auto => "Expanded display is used automatically.".into(),
                })
            }
            "tuples_only" | "t" => {
                self.tuples_only = on(self.tuples_only);
                Ok(format!("Tuples only is {}.", if self.tuples_only { "on" } else { "off" }))
            }
            "null" => {
                self.null = value.unwrap_or("").to_owned();
                Ok(format!("Null display is \"{}\".", self.null))
            }
            "fieldsep" => {
                self.separator = value.unwrap_or("|").to_owned();
                Ok(format!("Field separator is \"{}\".", self.separator))
            }
            "border" => {
                match value.map(str::parse::<u8>) {
                    Some(Ok(border)) => self.border = border.min(2),
                    Some(Err(_)) => self.border = 0,
                    None => {}
                }
                Ok(format!("Border style is {}.", self.border))
            }
            "footer" => {
                self.footer = on(self.footer);
                Ok(format!("Default footer is {}.", if self.footer { "on" } else { "off" }))
            }
            "title" | "C" => {
                self.title = value.map(str::to_owned);
                Ok(match &self.title {
                    Some(title) => format!("Title is \"{title}\"."),
                    None => "Title is not set.".to_owned(),
                })
            }
            "pager" => Ok(match value {
                Some("off" | "0") => "Pager usage is off.",
                Some("always") => "Pager is always used.",
                _ => "Pager is used for long output.",
            }
            .to_owned()),
            "linestyle" => match value {
                None | Some("ascii") => Ok("Line style is ascii.".to_owned()),
                Some(_) => Err("\\pset: only the line style ascii is drawn here".to_owned()),
            },
            _ => Err(format!("\\pset: unknown option: {name}")),
        }
    }

    /// What `\pset` alone prints.
    pub(super) fn list(&self) -> String {
        let on = |yes: bool| if yes { "on" } else { "off" }.to_owned();
        let expanded = match self.expanded {
            Expanded::Off => "off",
            Expanded::On => "on",
            Expanded::Auto => "auto",
        };
        let rows = [
            ("border", self.border.to_string()),
            ("columns", "0".to_owned()),
            ("csv_fieldsep", "','".to_owned()),
            ("expanded", expanded.to_owned()),
            ("fieldsep", format!("'{}'", self.separator)),
            ("fieldsep_zero", "off".to_owned()),
            ("footer", on(self.footer)),
            ("format", format!("{:?}", self.form).to_lowercase()),
            ("linestyle", "ascii".to_owned()),
            ("null", format!("'{}'", self.null)),
            ("numericlocale", "off".to_owned()),
            ("pager", "1".to_owned()),
            ("pager_min_lines", "0".to_owned()),
            ("recordsep", "'\\n'".to_owned()),
            ("recordsep_zero", "off".to_owned()),
            ("tableattr", String::new()),
            ("title", self.title.as_ref().map_or_else(String::new, |title| format!("'{title}'"))),
            ("tuples_only", on(self.tuples_only)),
            ("unicode_border_linestyle", "single".to_owned()),
            ("unicode_column_linestyle", "single".to_owned()),
            ("unicode_header_linestyle", "single".to_owned()),
            ("xheader_width", "full".to_owned()),
        ];
        rows.iter().map(|(name, value)| format!("{name:<25}{value}").trim_end().to_owned() + "\n").collect()
    }
}

/// A psql under way.
#[derive(Clone)]
pub(crate) struct Psql {
    pub(super) target: Target,
    pub(super) address: Address,
    pub(super) backend: Option<BackendId>,
    pub(super) look: Look,
    interactive: bool,
    pub(super) stops_on_error: bool,
    pub(super) variables: Variables,
    pub(super) conditions: Conditions,
    pub(super) last_error: Option<String>,
    queue: VecDeque<Item>,
    buffer: String,
    inside: Inside,
    running: Option<Running>,
    watch: Option<Watch>,
    transaction: char,
    /// Text to print at the next poll.
    pub(super) pending: Output,
    failed: bool,
    ended: bool,
}

#[derive(Clone)]
struct Running {
    text: String,
    sink: Sink,
    started: SimTime,
    /// `\gx`: expanded for this one only.
    expanded_before: Option<Expanded>,
}

/// Where a statement's rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    /// To the screen.
    Screen,
    /// Into variables with this prefix (`\gset`).
    Variables(String),
    /// Each value is a statement to run (`\gexec`).
    Statements,
}

/// `\watch`.
#[derive(Clone)]
struct Watch {
    text: String,
    every: Span,
    next: SimTime,
    left: Option<u32>,
}

impl Psql {
    /// Opens a session; the error is what psql prints when it can't.
    pub(super) fn connect(
        address: Address,
        script: Vec<String>,
        interactive: bool,
        mut look: Look,
        stops_on_error: bool,
        assignments: &[(&str, &str)],
        context: &mut Context<'_>,
    ) -> Result<Psql, Output> {
        look.width = 110;
        let (target, backend) =
            open(&address, context).map_err(|message| Output::failure_with(2, message))?;
        let mut variables = Variables::new(&address);
        for (name, value) in assignments {
            variables.set(name, *value);
        }
        let mut psql = Psql {
            target,
            address,
            backend,
            look,
            interactive,
            stops_on_error,
            variables,
            conditions: Conditions::default(),
            last_error: None,
            queue: VecDeque::new(),
            buffer: String::new(),
            inside: Inside::Nothing,
            running: None,
            watch: None,
            transaction: ' ',
            pending: Output::default(),
            failed: false,
            ended: false,
        };
        if interactive && !psql.look.quiet {
            psql.pending.out(format!("psql ({VERSION})\nType \"help\" for help.\n\n"));
        }
        for text in script {
            psql.take(&format!("{text}\n"));
            let rest = std::mem::take(&mut psql.buffer);
            if !rest.trim().is_empty() {
                psql.push(Item::Sql(rest.trim().to_owned()));
            }
        }
        psql.inside = Inside::Nothing;
        Ok(psql)
    }

    /// Reads text: finished statements and commands go into the queue, the rest stays.
    fn take(&mut self, text: &str) {
        if self.buffer.len() + text.len() <= MAX_BUFFER {
            self.buffer.push_str(text);
        }
        let (items, rest, inside) = split(&self.buffer);
        self.buffer = rest;
        self.inside = inside;
        for item in items {
            self.push(item);
        }
    }

    fn push(&mut self, item: Item) {
        if self.queue.len() < MAX_QUEUE {
            self.queue.push_back(item);
        }
    }

    /// A line typed at its prompt; nothing is Ctrl-D.
    pub(crate) fn input(&mut self, line: Option<&str>) {
        let Some(line) = line else {
            self.pending.out("\\q\n");
            self.ended = true;
            return;
        };
        let word = line.trim().trim_end_matches(';');
        if self.buffer.is_empty() {
            match word {
                "quit" | "exit" => {
                    self.ended = true;
                    return;
                }
                "help" => {
                    self.pending.out(meta::HELP);
                    return;
                }
                _ => {}
            }
        }
        self.take(&format!("{line}\n"));
    }

    /// The prompt, when it waits for a line: `shop=> `, `shop-> ` inside a statement, `shop=*> ` inside a transaction.
    pub(crate) fn prompt(&self) -> Option<String> {
        let waits = self.interactive && !self.ended && self.running.is_none() && self.queue.is_empty();
        let state = if self.transaction == ' ' { String::new() } else { self.transaction.to_string() };
        (waits && self.watch.is_none() && self.pending.parts.is_empty())
            .then(|| format!("{}{}{state}> ", self.address.database, self.inside.mark()))
    }

    /// Moves on to the world's present time.
    pub(crate) fn poll(&mut self, session: &Session, context: &mut Context<'_>) -> Polled {
        self.look.width = session.width;
        let mut output = std::mem::take(&mut self.pending);
        loop {
            if self.running.is_some() {
                if !self.finish(context, &mut output) {
                    return Polled::Pending(output);
                }
                continue;
            }
            if self.failed && self.stops_on_error {
                self.ended = true;
            }
            if self.ended {
                return self.leave(context, output);
            }
            if let Some(item) = self.queue.pop_front() {
                self.begin(item, context, &mut output);
                output.append(std::mem::take(&mut self.pending));
                continue;
            }
            if let Some(watch) = &mut self.watch {
                if context.world.now() < watch.next {
                    return Polled::Pending(output);
                }
                watch.next += watch.every;
                let text = watch.text.clone();
                let over = watch.left.as_mut().is_some_and(|left| {
                    *left = left.saturating_sub(1);
                    *left == 0
                });
                let stamp = crate::console::tools::stamp(context, "%a %b %e %H:%M:%S %Y");
                output.out(format!("{stamp} (every {}s)\n\n", watch.every.as_secs_f64()));
                if over {
                    self.watch = None;
                }
                self.send(text, context, &mut output);
                continue;
            }
            if !self.interactive {
                return self.leave(context, output);
            }
            return Polled::Pending(output);
        }
    }

    fn leave(&mut self, context: &mut Context<'_>, mut output: Output) -> Polled {
        self.close(context);
        output.status =
            if self.failed && !self.interactive { if self.stops_on_error { 3 } else { 1 } } else { 0 };
        Polled::Done(output)
    }

    /// Ends the session on the server.
    pub(crate) fn close(&mut self, context: &mut Context<'_>) {
        if let (Target::Server(which), Some(backend)) = (self.target, self.backend.take()) {
            let now = context.world.now();
            context.world.database_mut(which).disconnect(now, backend);
        }
    }

    fn begin(&mut self, item: Item, context: &mut Context<'_>, output: &mut Output) {
        if !self.conditions.hold() {
            if let Item::Meta { line, .. } = item
                && let Err(message) = self.conditions.command(&line, &self.variables)
            {
                output.err(format!("{message}\n"));
            }
            return;
        }
        match item {
            Item::Sql(text) => {
                let text = self.variables.in_statement(&text);
                self.send(text, context, output);
            }
            Item::Meta { line, buffer } => {
                let buffer = self.variables.in_statement(&buffer);
                let effect = meta::run(self, &line, &buffer, context);
                self.carry_out(effect, buffer, context, output);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect, buffer: String, context: &mut Context<'_>, output: &mut Output) {
        match effect {
            Effect::Done(text) => {
                self.keep(buffer);
                output.out(text);
            }
            Effect::Failed(message) => {
                self.keep(buffer);
                output.err(format!("{message}\n"));
                self.failed = true;
            }
            Effect::Quit => self.ended = true,
            Effect::Send { expanded, sink } => {
                let before = self.look.expanded;
                if expanded {
                    self.look.expanded = Expanded::On;
                }
                self.send(buffer, context, output);
                if let Some(running) = &mut self.running {
                    running.sink = sink;
                }
                match &mut self.running {
                    Some(running) if expanded => running.expanded_before = Some(before),
                    _ => self.look.expanded = before,
                }
            }
            Effect::Watch { every, times } => {
                self.watch = Some(Watch { text: buffer, every, next: context.world.now(), left: times });
            }
            Effect::Forget => {
                output.out("Query buffer reset (cleared).\n");
            }
            Effect::Connect(address) => match open(&address, context) {
                Ok((target, backend)) => {
                    self.close(context);
                    self.target = target;
                    self.backend = backend;
                    let (database, user) = (&address.database, &address.user);
                    output.out(format!(
                        "You are now connected to database \"{database}\" as user \"{user}\".\n"
                    ));
                    self.address = address;
                }
                Err(message) => {
                    output.err(message.replacen("psql: error: ", "", 1));
                    output.err("Previous connection kept\n");
                    self.failed = true;
                }
            },
        }
    }

    /// A command of psql's own leaves the statement typed before it where it was.
    fn keep(&mut self, buffer: String) {
        if !buffer.is_empty() && self.buffer.is_empty() {
            self.buffer = buffer;
            self.inside = Inside::Statement;
        }
    }

    fn send(&mut self, text: String, context: &mut Context<'_>, output: &mut Output) {
        if text.trim().is_empty() {
            return;
        }
        let now = context.world.now();
        match (self.target, self.backend) {
            (Target::Pooler, _) => match pooler::answer(&text, context) {
                Ok(texts) => output.out(texts.print(&self.look.layout())),
                Err(message) => {
                    output.err(format!("ERROR:  {message}\n"));
                    self.failed = true;
                }
            },
            (Target::Server(which), Some(backend)) => {
                if changes_something(&text) {
                    let host = context.world.database_name(which).to_owned();
                    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    context.incident.acted(now, &format!("psql {host}: {line}"));
                }
                context.world.database_mut(which).simple_query(now, backend, &text);
                self.running =
                    Some(Running { text, sink: Sink::Screen, started: now, expanded_before: None });
            }
            (Target::Server(_), None) => {
                output.err("You are currently not connected to a database.\n");
                self.failed = true;
            }
        }
    }

    /// Prints what the server answered; true when the statement is over.
    fn finish(&mut self, context: &mut Context<'_>, output: &mut Output) -> bool {
        let (Target::Server(which), Some(backend)) = (self.target, self.backend) else {
            self.running = None;
            return true;
        };
        let now = context.world.now();
        let server = context.world.database_mut(which);
        let busy = server.is_busy(backend);
        let replies = server.take_replies(backend);
        let state = server.backend(backend).map(|backend| (backend.state_change, transaction_mark(backend)));
        let (text, sink) = match &self.running {
            Some(running) => (running.text.clone(), running.sink.clone()),
            None => (String::new(), Sink::Screen),
        };
        for reply in replies {
            self.take_reply(reply, &text, &sink, output);
        }
        if busy {
            return false;
        }
        let Some(running) = self.running.take() else { return true };
        if let Some(before) = running.expanded_before {
            self.look.expanded = before;
        }
        match state {
            Some((changed, mark)) => {
                self.transaction = mark;
                if self.look.timing {
                    output.out(timing(changed.min(now).since(running.started)));
                }
            }
            None => self.lost(which, context, output),
        }
        true
    }

    /// The server closed the session.
    fn lost(&mut self, which: Which, context: &mut Context<'_>, output: &mut Output) {
        output.err(
            "FATAL:  terminating connection due to administrator command\nserver closed the connection unexpectedly\n\tThis probably means the server \
             terminated abnormally\n\tbefore or while processing the request.\n",
        );
        self.backend = None;
        self.transaction = ' ';
        self.failed = true;
        if !self.interactive {
            output.err("connection to server was lost\n");
            self.ended = true;
            return;
        }
        let again = open(&self.address, context);
        let word = if again.is_ok() { "Succeeded" } else { "Failed" };
        output.err(format!("The connection to the server was lost. Attempting reset: {word}.\n"));
        if let Ok((target, backend)) = again {
            self.target = target;
            self.backend = backend;
        }
        debug_assert!(matches!(self.target, Target::Server(now) if now == which));
    }

    fn take_reply(&mut self, reply: Reply, text: &str, sink: &Sink, output: &mut Output) {
        match reply {
            Reply::Rows(result) if *sink != Sink::Screen => {
                if let Err(message) = self.consume(result, sink) {
                    output.err(format!("{message}\n"));
                    self.failed = true;
                }
            }
            Reply::Rows(result) => output.out(Texts::of(result).print(&self.look.layout())),
            Reply::Command(tag) => {
                if !self.look.quiet {
                    output.out(format!("{tag}\n"));
                }
            }
            Reply::Error(error) => {
                let report = error.report(text);
                self.last_error =
                    Some(report.replacen("ERROR:  ", &format!("ERROR:  {}: ", error.sqlstate.0), 1));
                self.variables.set("LAST_ERROR_MESSAGE", error.message.clone());
                self.variables.set("LAST_ERROR_SQLSTATE", error.sqlstate.0);
                output.err(report);
                self.failed = true;
            }
            Reply::Notice { severity, message, hint } => {
                output.err(format!("{severity}:  {message}\n"));
                if let Some(hint) = hint {
                    output.err(format!("HINT:  {hint}\n"));
                }
            }
        }
    }

    /// `\gset` and `\gexec`.
    fn consume(&mut self, result: crate::postgres::query::ResultSet, sink: &Sink) -> Result<(), String> {
        match sink {
            Sink::Screen => {}
            Sink::Variables(prefix) => {
                let row = match result.rows.as_slice() {
                    [row] => row,
                    [] => return Err("no rows returned for \\gset".to_owned()),
                    _ => return Err("more than one row returned for \\gset".to_owned()),
                };
                for (column, value) in result.columns.iter().zip(row) {
                    let name = format!("{prefix}{}", column.name);
                    match value {
                        Some(value) => self.variables.set(&name, value.clone()),
                        None => self.variables.unset(&name),
                    }
                }
            }
            Sink::Statements => {
                for statement in result.rows.into_iter().flatten().flatten().rev() {
                    if self.queue.len() < MAX_QUEUE {
                        self.queue.push_front(Item::Sql(statement));
                    }
                }
            }
        }
        Ok(())
    }

    /// Ctrl-C: cancels the query that runs, ends `\watch`, or drops what was typed.
    pub(crate) fn interrupt(&mut self, context: &mut Context<'_>) -> Interrupted {
        self.queue.clear();
        self.watch = None;
        self.buffer.clear();
        self.inside = Inside::Nothing;
        self.conditions = Conditions::default();
        let mut output = Output { parts: Vec::new(), status: INTERRUPTED };
        if self.running.is_some() {
            if let (Target::Server(which), Some(backend)) = (self.target, self.backend) {
                let now = context.world.now();
                let server = context.world.database_mut(which);
                if let Some(pid) = server.backend(backend).map(|backend| backend.pid) {
                    server.cancel(now, pid);
                }
            }
            output.err("Cancel request sent\n");
            return Interrupted::Continues(output);
        }
        if self.interactive {
            return Interrupted::Continues(output);
        }
        self.close(context);
        Interrupted::Ended(output)
    }

    /// Proposals at its prompt.
    pub(crate) fn complete(&self, asking: &Asking<'_, '_>) -> Vec<Candidate> {
        super::complete::sql(asking, &self.buffer)
    }

    /// The server that it talks to.
    pub(super) fn server<'c>(&self, context: &'c Context<'_>) -> Option<&'c Server> {
        match self.target {
            Target::Server(which) => Some(context.world.database(which)),
            Target::Pooler => None,
        }
    }
}

/// `*` inside a transaction, `!` inside one that failed.
fn transaction_mark(backend: &crate::postgres::server::Backend) -> char {
    match (backend.in_block, backend.aborted) {
        (false, _) => ' ',
        (true, false) => '*',
        (true, true) => '!',
    }
}

/// `Time: 12.345 ms`, with minutes and seconds from a second on (psql's `PrintTiming`).
fn timing(elapsed: Span) -> String {
    let ms = elapsed.as_millis_f64();
    let seconds = elapsed.as_secs_f64();
    if ms < 1000.0 {
        return format!("Time: {ms:.3} ms\n");
    }
    let minutes = (seconds / 60.0).floor();
    format!("Time: {ms:.3} ms ({minutes:02.0}:{:06.3})\n", seconds - minutes * 60.0)
}

/// Opens a connection; the error is psql's whole message.
fn open(address: &Address, context: &mut Context<'_>) -> Result<(Target, Option<BackendId>), String> {
    let pooler = context.scenario.components.pooler.name.clone();
    if address.host == pooler {
        let failed = |why: &str| {
            format!(
                "psql: error: connection to server at \"{pooler}\", port {} failed: FATAL:  {why}",
                address.port
            )
        };
        return match address.database.as_str() {
            "pgbouncer" => Ok((Target::Pooler, None)),
            name if context.scenario.components.pool(name).is_some() => Err(failed(&format!(
                "user \"{}\" may only use the database \"pgbouncer\" here",
                address.user
            ))),
            name => Err(failed(&format!("no such database: {name}"))),
        };
    }
    let primary = context.world.database_name(Which::Primary).to_owned();
    let replica = context.world.database_name(Which::Replica).to_owned();
    let which = match address.host.as_str() {
        "primary" | "localhost" | "127.0.0.1" => Which::Primary,
        "replica" => Which::Replica,
        host if host == primary => Which::Primary,
        host if host == replica => Which::Replica,
        host => {
            return Err(format!(
                "psql: error: could not translate host name \"{host}\" to address: Name or service not known"
            ));
        }
    };
    let failed = |why: &str| {
        let (host, port) = (&address.host, &address.port);
        format!("psql: error: connection to server at \"{host}\", port {port} failed: {why}")
    };
    if address.port != super::SERVER_PORT {
        return Err(failed(
            "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?",
        ));
    }
    let now = context.world.now();
    let server = context.world.database_mut(which);
    if address.database != server.catalog().database && address.database != "postgres" {
        return Err(failed(&format!("FATAL:  database \"{}\" does not exist", address.database)));
    }
    let login = Login {
        role: address.user.clone(),
        database: address.database.clone(),
        application_name: "psql".into(),
        client_addr: Some(BASTION.into()),
    };
    match server.connect(now, login) {
        Ok(backend) => Ok((Target::Server(which), Some(backend))),
        Err(error) => Err(failed(&format!("FATAL:  {}", error.message))),
    }
}

/// First words of statements that change something, and functions that do.
const CHANGES: [&str; 17] = [
    "create",
    "drop",
    "alter",
    "reindex",
    "analyze",
    "vacuum",
    "cluster",
    "truncate",
    "insert",
    "update",
    "delete",
    "refresh",
    "comment",
    "grant",
    "revoke",
    "checkpoint",
    "lock",
];
/// See [`CHANGES`].
const CHANGING_FUNCTIONS: [&str; 5] = [
    "pg_terminate_backend",
    "pg_cancel_backend",
    "pg_reload_conf",
    "pg_stat_reset",
    "pg_stat_statements_reset",
];

/// Whether a statement belongs into the audit trail.
fn changes_something(text: &str) -> bool {
    let lower = text.trim_start().to_lowercase();
    let first = lower.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    CHANGES.contains(&first) || CHANGING_FUNCTIONS.iter().any(|function| lower.contains(function))
}
