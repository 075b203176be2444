//! What a query is answered from: the server as it is now, and who asks.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::{Names, split_name};
use super::system::{PROC_NAMES, PROCS, RELATION_NAMES, RELATIONS};
use super::value::Row;
use super::{errors, types as t};
use crate::kernel::SimTime;
use crate::postgres::catalog::Catalog;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::server::Server;
use crate::postgres::settings::Settings;
use crate::postgres::sql::quote_identifier;

/// Steps that one statement may take: a row read, joined or computed, an expression's call. About a second of real time.
const MAX_STEPS: u64 = 20_000_000;
/// Rows that a statement may hold at once in one intermediate result.
const MAX_ROWS: usize = 2_000_000;

/// Who asks, and of what server at what time.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// The server.
    pub server: &'a Server,
    /// The statement's time: `now()`.
    pub now: SimTime,
    /// The session's process id, 0 when it has none.
    pub pid: u32,
    /// The role.
    pub role: &'a str,
    /// The session's parameters.
    pub settings: Settings,
}

/// What a query asks the server to do besides answering.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// `pg_cancel_backend`.
    Cancel(u32),
    /// `pg_terminate_backend`.
    Terminate(u32),
    /// `pg_stat_statements_reset`.
    ResetStatements,
    /// `pg_stat_reset` and its kind: the database's counters.
    ResetStatistics,
    /// `pg_sleep`, in seconds.
    Sleep(f64),
    /// `set_config(name, value, is_local)`.
    Set {
        /// The parameter.
        name: String,
        /// Its value.
        value: String,
    },
    /// `pg_reload_conf()`.
    Reload,
    /// A WARNING that goes to the client before the rows.
    Warning(String),
}

/// A statement's surroundings while it is bound and executed.
pub(crate) struct Context<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) db: Clock,
    text: Vec<char>,
    steps: Cell<u64>,
    effects: RefCell<Vec<Effect>>,
    regexes: RefCell<BTreeMap<(String, String), Arc<regex::Regex>>>,
    draws: RefCell<crate::kernel::Stream>,
    /// Rows of uncorrelated subqueries, by query id.
    pub(crate) remembered: RefCell<BTreeMap<usize, Arc<Vec<Row>>>>,
    /// Rows of relations already made in this statement.
    pub(crate) relations: RefCell<BTreeMap<usize, Arc<Vec<Row>>>>,
}

/// The statement's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(i64);

impl Clock {
    /// Microseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.0
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(session: &'a Session<'a>, sql: &str) -> Self {
        Self {
            db: Clock(session.server.calendar().unix_micros(session.now)),
            session,
            text: sql.chars().collect(),
            steps: Cell::new(0),
            effects: RefCell::new(Vec::new()),
            regexes: RefCell::new(BTreeMap::new()),
            draws: RefCell::new(crate::kernel::Stream::keyed(0, "postgres.random", session.now.0)),
            remembered: RefCell::new(BTreeMap::new()),
            relations: RefCell::new(BTreeMap::new()),
        }
    }

    pub(crate) fn server(&self) -> &'a Server {
        self.session.server
    }

    pub(crate) fn catalog(&self) -> &'a Catalog {
        self.session.server.catalog()
    }

    pub(crate) fn database_name(&self) -> &'a str {
        &self.catalog().database
    }

    pub(crate) fn role(&self) -> &'a str {
        self.session.role
    }

    /// Microseconds since 1970 of a simulated time.
    pub(crate) fn micros(&self, at: SimTime) -> i64 {
        self.session.server.calendar().unix_micros(at)
    }

    /// Counts work; the error of a query that does too much.
    pub(crate) fn step(&self, count: u64) -> Result<(), SqlError> {
        let steps = self.steps.get() + count;
        self.steps.set(steps);
        if steps > MAX_STEPS {
            return Err(errors::limit_exceeded("query exceeds the console's limit of work")
                .hint("Add a LIMIT or a more selective WHERE condition."));
        }
        Ok(())
    }

    /// Counts a row into an intermediate result.
    pub(crate) fn row(&self, held: usize) -> Result<(), SqlError> {
        if held > MAX_ROWS {
            return Err(errors::limit_exceeded("query exceeds the console's limit of rows"));
        }
        self.step(1)
    }

    pub(crate) fn effect(&self, effect: Effect) {
        self.effects.borrow_mut().push(effect);
    }

    /// A WARNING for the client.
    pub(crate) fn effect_notice(&self, text: String) {
        self.effect(Effect::Warning(text));
    }

    /// A compiled regular expression, kept for the statement.
    pub(crate) fn regex(&self, pattern: &str, flags: &str) -> Result<Arc<regex::Regex>, SqlError> {
        let key = (pattern.to_owned(), flags.to_owned());
        if let Some(known) = self.regexes.borrow().get(&key) {
            return Ok(known.clone());
        }
        let compiled = Arc::new(super::functions::compile_regex(pattern, flags)?);
        self.regexes.borrow_mut().insert(key, compiled.clone());
        Ok(compiled)
    }

    /// A number in [0, 1) for `random()`, the same in every replay.
    pub(crate) fn draw(&self) -> f64 {
        self.draws.borrow_mut().unit()
    }

    /// Is the session's role a superuser?
    pub(crate) fn is_superuser(&self) -> bool {
        self.catalog().role_by_name(self.role()).is_some_and(|role| role.superuser)
    }

    /// The next transaction id, as the latest one in use tells.
    pub(crate) fn next_xid(&self) -> i64 {
        self.server().next_transaction_id() as i64
    }

    /// `age(xid)`: transactions since.
    pub(crate) fn transaction_age(&self, xid: i64) -> i64 {
        if xid < 3 { i64::from(i32::MAX) } else { self.next_xid() - xid }
    }

    pub(crate) fn take_effects(&self) -> Vec<Effect> {
        self.effects.take()
    }

    /// The first position at or behind a one-based one that isn't blank.
    pub(crate) fn skip_blanks(&self, position: u32) -> u32 {
        let start = (position as usize).saturating_sub(1);
        let blanks = self.text.iter().skip(start).take_while(|c| c.is_whitespace() || **c == ')').count();
        position + blanks as u32
    }

    /// Is it a user's relation? What kind, in the words of `permission denied for …`.
    pub(crate) fn user_relation(&self, schema: Option<&str>, name: &str) -> Option<&'static str> {
        if schema.is_some_and(|schema| schema != "public") {
            return None;
        }
        let catalog = self.catalog();
        if catalog.tables.values().any(|table| table.name == name) {
            return Some("table");
        }
        catalog.indexes.values().any(|index| index.name == name).then_some("index")
    }

    /// A relation's oid by its (split) name.
    pub(crate) fn relation_oid(&self, parts: &[String]) -> Option<u32> {
        let (schema, name) = match parts {
            [name] => (None, name.as_str()),
            [schema, name] => (Some(schema.as_str()), name.as_str()),
            [_, schema, name] => (Some(schema.as_str()), name.as_str()),
            _ => return None,
        };
        let system = schema.map_or(vec!["pg_catalog", "public"], |schema| vec![schema]);
        if let Some(at) = system.iter().find_map(|schema| RELATION_NAMES.get(&(*schema, name))) {
            return Some(RELATIONS[*at].oid);
        }
        if schema.is_none_or(|schema| schema == "pg_catalog")
            && let Some(index) = super::system::INDEXES.iter().find(|index| index.name == name)
        {
            return Some(index.oid);
        }
        if schema.is_some_and(|schema| schema != "public") {
            return None;
        }
        let catalog = self.catalog();
        let table = catalog.tables.values().find(|table| table.name == name).map(|table| table.oid.0);
        table.or_else(|| catalog.indexes.values().find(|index| index.name == name).map(|index| index.oid.0))
    }

    /// A relation's schema and name by oid.
    pub(crate) fn relation_name(&self, oid: u32) -> Option<(&str, &str)> {
        let catalog = self.catalog();
        let key = crate::postgres::catalog::Oid(oid);
        if let Some(table) = catalog.tables.get(&key) {
            return Some((&table.schema, &table.name));
        }
        if let Some(index) = catalog.indexes.get(&key) {
            return Some(("public", &index.name));
        }
        if let Some(index) = super::system::INDEXES.iter().find(|index| index.oid == oid) {
            return Some(("pg_catalog", index.name));
        }
        RELATIONS.iter().find(|relation| relation.oid == oid).map(|relation| (relation.schema, relation.name))
    }

    /// A role's oid by name.
    pub(crate) fn role_oid(&self, name: &str) -> Option<u32> {
        crate::postgres::views::roles::oid_of(self.catalog(), name)
    }
}

impl Names for Context<'_> {
    fn oid_name(&self, type_oid: u32, oid: u32) -> String {
        let found = match type_oid {
            t::REGTYPE => Some(t::format_type(oid, -1)).filter(|name| name != "???"),
            t::REGCLASS => self.relation_name(oid).map(|(schema, name)| match schema {
                "pg_catalog" | "public" => quote_identifier(name),
                schema => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
            }),
            t::REGPROC => PROCS.iter().find(|row| row.oid == oid).map(|row| row.name.to_owned()),
            t::REGPROCEDURE => PROCS.iter().find(|row| row.oid == oid).map(|row| {
                let args = row.args.iter().map(|arg| t::name(*arg)).collect::<Vec<_>>().join(",");
                format!("{}({args})", row.name)
            }),
            t::REGROLE => crate::postgres::views::roles::name_of(self.catalog(), oid).map(quote_identifier),
            t::REGNAMESPACE => crate::postgres::views::namespace_name(oid).map(str::to_owned),
            _ => None,
        };
        match (found, oid) {
            (Some(name), _) => name,
            (None, 0) => "-".to_owned(),
            (None, oid) => oid.to_string(),
        }
    }

    fn name_oid(&self, type_oid: u32, text: &str) -> Result<u32, SqlError> {
        let parts = split_name(text).ok_or_else(|| errors::new(SqlState("42602"), "invalid name syntax"))?;
        let last = parts.last().cloned().unwrap_or_default();
        let missing =
            |what: &str| errors::new(SqlState::UNDEFINED_OBJECT, format!("{what} \"{last}\" does not exist"));
        match type_oid {
            t::REGCLASS => {
                self.relation_oid(&parts).ok_or_else(|| errors::undefined_relation(&parts.join(".")))
            }
            t::REGROLE => self.role_oid(&last).ok_or_else(|| missing("role")),
            t::REGNAMESPACE => {
                crate::postgres::views::namespace_oid(&last).ok_or_else(|| errors::undefined_schema(&last))
            }
            t::REGPROC => match PROC_NAMES.get(last.as_str()).map_or(&[][..], |rows| rows) {
                [] => {
                    let message = format!("function \"{last}\" does not exist");
                    Err(errors::new(SqlState::UNDEFINED_FUNCTION, message))
                }
                [one] => Ok(PROCS[*one].oid),
                _ => {
                    let message = format!("more than one function named \"{last}\"");
                    Err(errors::new(errors::AMBIGUOUS_FUNCTION, message))
                }
            },
            t::REGPROCEDURE => {
                let bare = text.split('(').next().unwrap_or(text).trim();
                let name = split_name(bare).and_then(|parts| parts.last().cloned()).unwrap_or_default();
                let inside = text.split_once('(').map_or("", |(_, args)| args.trim_end_matches(')'));
                let args: Vec<u32> = inside
                    .split(',')
                    .filter(|arg| !arg.trim().is_empty())
                    .filter_map(t::by_sql_name)
                    .collect();
                let found = PROCS.iter().find(|row| row.name == name && row.args == args);
                found.map(|row| row.oid).ok_or_else(|| {
                    errors::new(SqlState::UNDEFINED_FUNCTION, format!("function \"{text}\" does not exist"))
                })
            }
            _ => Err(errors::unsupported(format!("names of type {}", t::name(type_oid)))),
        }
    }

    fn now(&self) -> i64 {
        self.db.now()
    }
}
