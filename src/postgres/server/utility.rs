//! Utility statements by their words: those that the SQL parser does not know in PostgreSQL's form.
//!
//! `REINDEX`, `DROP INDEX CONCURRENTLY`, `VACUUM`, `ANALYZE`, `ALTER SYSTEM`, `SET` and the like have a flat grammar;
//! everything with expressions in it goes to the parser.

use super::cursors::{Declare, Direction, Fetch};
use super::horizon::Isolation;
use super::prepared::Prepare;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::locks::LockMode;

/// A utility statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Utility {
    /// `REINDEX {INDEX | TABLE} [CONCURRENTLY] name`
    Reindex { table: bool, concurrently: bool, name: String },
    /// `DROP INDEX [CONCURRENTLY] [IF EXISTS] name, …`
    DropIndex { concurrently: bool, if_exists: bool, cascade: bool, names: Vec<String> },
    /// `VACUUM [(options)] [ANALYZE] [table, …]`
    Vacuum(Vacuum),
    /// `ANALYZE [table, …]`
    Analyze { tables: Vec<String> },
    /// `ALTER SYSTEM {SET name = value | RESET name}`
    AlterSystem { name: String, value: Option<String> },
    /// `SET [SESSION | LOCAL] name {= | TO} value`
    Set { name: String, value: Option<String> },
    /// `RESET name`, `RESET ALL` (an empty name)
    Reset { name: String },
    /// `SHOW name`
    Show { name: String },
    /// `CHECKPOINT`
    Checkpoint,
    /// `DISCARD ALL`
    Discard,
    /// `LOCK [TABLE] table, … [IN mode MODE] [NOWAIT]`
    Lock { tables: Vec<String>, mode: LockMode, nowait: bool },
    /// `PREPARE`
    Prepare(Prepare),
    /// `EXECUTE name [(arguments)]`
    Execute { name: String, arguments: Vec<String> },
    /// `DEALLOCATE {name | ALL}`
    Deallocate { name: Option<String> },
    /// `DECLARE`
    Declare(Declare),
    /// `FETCH` and `MOVE`
    Fetch(Fetch),
    /// `CLOSE {name | ALL}`
    Close { name: Option<String> },
    /// `BEGIN`, `COMMIT` and `ROLLBACK` with their variants, savepoints.
    Transaction(TransactionWord),
}

impl Utility {
    /// Whether it counts as a query of its transaction (`PlannedStmtRequiresSnapshot` of `pquery.c`).
    pub(crate) fn takes_snapshot(&self) -> bool {
        !matches!(
            self,
            Utility::Transaction(_)
                | Utility::Lock { .. }
                | Utility::Set { .. }
                | Utility::Reset { .. }
                | Utility::Show { .. }
                | Utility::Fetch(_)
                | Utility::Checkpoint
        )
    }
}

/// `VACUUM`'s options and tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vacuum {
    pub(crate) full: bool,
    pub(crate) analyze: bool,
    pub(crate) verbose: bool,
    pub(crate) tables: Vec<String>,
}

/// Transaction control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TransactionWord {
    /// `BEGIN`, with the level if one is named.
    Begin(Option<Isolation>),
    /// `SET TRANSACTION ISOLATION LEVEL …`
    Isolation(Isolation),
    Commit,
    Rollback,
    /// `SAVEPOINT name`
    Savepoint(String),
    /// `ROLLBACK TO [SAVEPOINT] name`
    RollbackTo(String),
    /// `RELEASE [SAVEPOINT] name`
    Release(String),
}

impl TransactionWord {
    /// Whether it is accepted in a transaction that failed.
    pub(crate) fn leaves_failure(&self) -> bool {
        matches!(self, TransactionWord::Commit | TransactionWord::Rollback | TransactionWord::RollbackTo(_))
    }
}

/// Splits a text into statements at semicolons outside quotes, dollar quotes and comments. Empty ones are left out.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut statements = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with(';') {
            statements.push(&text[start..at]);
            at += 1;
            start = at;
        } else {
            at += token_length(&text[at..]);
        }
    }
    statements.push(&text[start..]);
    statements.into_iter().map(str::trim).filter(|s| words(s).next().is_some()).collect()
}

/// Bytes of what begins here: a quoted thing or a comment as a whole, else one character.
fn token_length(rest: &str) -> usize {
    let until =
        |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    let first = rest.chars().next().map_or(1, char::len_utf8);
    if rest.starts_with("--") {
        until("\n", 2)
    } else if rest.starts_with("/*") {
        until("*/", 2)
    } else if rest.starts_with('\'') {
        until("'", 1)
    } else if rest.starts_with('"') {
        until("\"", 1)
    } else if let Some(tag) = dollar_tag(rest) {
        until(tag, tag.len())
    } else {
        first
    }
}

/// The `$tag$` that opens a dollar quote here; parameters such as `$1` open none.
fn dollar_tag(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix('$')?;
    let end = inside.find('$')?;
    let name = &inside[..end];
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| &rest[..end + 2])
}

/// The words and signs of a statement: identifiers keep their quotes, comments and blanks are left out.
pub(super) fn words(statement: &str) -> impl Iterator<Item = &str> {
    let mut rest = statement;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                return None;
            }
            let length = token_length(rest);
            if rest.starts_with("--") || rest.starts_with("/*") {
                rest = &rest[length..];
                continue;
            }
            let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"');
            let end = if rest.starts_with('\'') {
                length
            } else if rest.starts_with(part_of_name) || rest.starts_with('-') {
                name_length(rest)
            } else {
                length
            };
            let (word, after) = rest.split_at(end.max(1));
            rest = after;
            return Some(word);
        }
    })
}

fn name_length(rest: &str) -> usize {
    let mut quoted = false;
    for (at, c) in rest.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '-' if at == 0 => {}
            _ if !(c.is_alphanumeric() || c == '_' || c == '.' || c == '$') => return at,
            _ => {}
        }
    }
    rest.len()
}

/// Reads a utility statement; `None` when it is for the SQL parser.
pub(crate) fn read(statement: &str) -> Result<Option<Utility>, SqlError> {
    let words: Vec<&str> = words(statement).collect();
    let upper: Vec<String> = words.iter().map(|w| w.to_ascii_uppercase()).collect();
    let keyword = |at: usize| upper.get(at).map_or("", String::as_str);
    let mut reader = Reader { words: &words, upper: &upper, at: 1, statement };
    let utility = match keyword(0) {
        "BEGIN" => Utility::Transaction(begin(&upper)),
        "START" if keyword(1) == "TRANSACTION" => Utility::Transaction(begin(&upper)),
        "COMMIT" | "END" => Utility::Transaction(TransactionWord::Commit),
        "ROLLBACK" | "ABORT" => Utility::Transaction(reader.rollback()?),
        "SAVEPOINT" => Utility::Transaction(TransactionWord::Savepoint(reader.name()?)),
        "RELEASE" => {
            reader.accept("SAVEPOINT");
            Utility::Transaction(TransactionWord::Release(reader.name()?))
        }
        "LOCK" => reader.lock()?,
        "PREPARE" if keyword(1) == "TRANSACTION" => {
            return Err(SqlError::new(SqlState("55000"), "prepared transactions are disabled")
                .hint("Set \"max_prepared_transactions\" to a nonzero value."));
        }
        "PREPARE" => reader.prepare()?,
        "EXECUTE" => {
            let (name, arguments) = (reader.name()?, reader.list()?);
            reader.end()?;
            Utility::Execute { name, arguments }
        }
        "DEALLOCATE" => {
            reader.accept("PREPARE");
            Utility::Deallocate { name: reader.name_or_all()? }
        }
        "DECLARE" => reader.declare()?,
        "FETCH" => reader.fetch(true)?,
        "MOVE" => reader.fetch(false)?,
        "CLOSE" => Utility::Close { name: reader.name_or_all()? },
        "CHECKPOINT" => Utility::Checkpoint,
        "DISCARD" => Utility::Discard,
        "REINDEX" => reader.reindex()?,
        "DROP" if keyword(1) == "INDEX" => reader.drop_index()?,
        "VACUUM" => reader.vacuum()?,
        "ANALYZE" | "ANALYSE" => {
            reader.options();
            reader.accept("VERBOSE");
            Utility::Analyze { tables: reader.names()? }
        }
        "ALTER" if keyword(1) == "SYSTEM" => {
            reader.at = 2;
            let reset = reader.accept("RESET");
            if !reset {
                reader.expect("SET")?;
            }
            let (name, value) = reader.assignment(reset)?;
            Utility::AlterSystem { name, value }
        }
        "SET" if keyword(1) == "TRANSACTION" && keyword(2) == "ISOLATION" => {
            let level = Isolation::asked(&upper).ok_or_else(|| reader.syntax_error())?;
            Utility::Transaction(TransactionWord::Isolation(level))
        }
        "SET" if !matches!(keyword(1), "ROLE" | "TRANSACTION" | "CONSTRAINTS") => {
            let _scoped = reader.accept("SESSION") || reader.accept("LOCAL");
            let (name, value) = reader.assignment(false)?;
            Utility::Set { name, value }
        }
        "RESET" => Utility::Reset { name: if keyword(1) == "ALL" { String::new() } else { reader.name()? } },
        "DO" => {
            return Err(SqlError::unsupported("procedural code")
                .hint("The simulated server runs SQL statements only: send those of the block one by one.")
                .at(reader.position_of(words[0])));
        }
        "SHOW" => Utility::Show { name: if keyword(1) == "ALL" { "all".to_owned() } else { reader.name()? } },
        _ => return Ok(None),
    };
    Ok(Some(utility))
}

struct Reader<'a> {
    words: &'a [&'a str],
    upper: &'a [String],
    at: usize,
    statement: &'a str,
}

impl Reader<'_> {
    fn accept(&mut self, keyword: &str) -> bool {
        let found = self.upper.get(self.at).is_some_and(|w| w == keyword);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), SqlError> {
        if self.accept(keyword) { Ok(()) } else { Err(self.syntax_error()) }
    }

    /// `(A, B true, …)` as words in capitals.
    fn options(&mut self) -> Vec<String> {
        let mut options = Vec::new();
        if self.accept("(") {
            while self.at < self.upper.len() && !self.accept(")") {
                options.push(self.upper[self.at].clone());
                self.at += 1;
            }
        }
        options
    }

    fn name(&mut self) -> Result<String, SqlError> {
        let word = self
            .words
            .get(self.at)
            .filter(|w| w.starts_with(|c: char| c.is_alphabetic() || "_\"".contains(c)));
        let name = word.map(|w| fold(w)).ok_or_else(|| self.syntax_error())?;
        self.at += 1;
        Ok(name)
    }

    /// Names separated by commas up to the end; none is none.
    fn names(&mut self) -> Result<Vec<String>, SqlError> {
        let mut names = Vec::new();
        while self.at < self.words.len() {
            names.push(self.name()?);
            if self.words.get(self.at) == Some(&"(") {
                self.options();
            }
            if self.at < self.words.len() && !self.accept(",") {
                return Err(self.syntax_error());
            }
        }
        Ok(names)
    }

    fn rollback(&mut self) -> Result<TransactionWord, SqlError> {
        let _noise = self.accept("WORK") || self.accept("TRANSACTION");
        if !self.accept("TO") {
            return Ok(TransactionWord::Rollback);
        }
        self.accept("SAVEPOINT");
        Ok(TransactionWord::RollbackTo(self.name()?))
    }

    fn lock(&mut self) -> Result<Utility, SqlError> {
        self.accept("TABLE");
        let mut tables = Vec::new();
        loop {
            self.accept("ONLY");
            tables.push(self.name()?);
            self.accept("*");
            if !self.accept(",") {
                break;
            }
        }
        let mode = if self.accept("IN") { self.lock_mode()? } else { LockMode::AccessExclusive };
        let nowait = self.accept("NOWAIT");
        if self.at < self.words.len() {
            Err(self.syntax_error())
        } else {
            Ok(Utility::Lock { tables, mode, nowait })
        }
    }

    /// `SHARE ROW EXCLUSIVE MODE` and the like.
    fn lock_mode(&mut self) -> Result<LockMode, SqlError> {
        let rest = &self.upper[self.at..];
        let mode = LockMode::ALL.into_iter().find(|mode| {
            let words = mode.sql().split(' ').chain(["MODE"]);
            rest.iter().map(String::as_str).take(words.clone().count()).eq(words)
        });
        let mode = mode.ok_or_else(|| self.syntax_error())?;
        self.at += mode.sql().split(' ').count() + 1;
        Ok(mode)
    }

    fn reindex(&mut self) -> Result<Utility, SqlError> {
        let options = self.options();
        let table = self.accept("TABLE");
        if !table {
            self.expect("INDEX")?;
        }
        let concurrently = self.accept("CONCURRENTLY") || options.iter().any(|o| o == "CONCURRENTLY");
        let name = self.name()?;
        if self.at < self.words.len() {
            Err(self.syntax_error())
        } else {
            Ok(Utility::Reindex { table, concurrently, name })
        }
    }

    fn drop_index(&mut self) -> Result<Utility, SqlError> {
        self.at = 2;
        let concurrently = self.accept("CONCURRENTLY");
        let if_exists = self.accept("IF");
        if if_exists {
            self.expect("EXISTS")?;
        }
        let mut names = vec![self.name()?];
        while self.accept(",") {
            names.push(self.name()?);
        }
        let cascade = self.accept("CASCADE");
        self.accept("RESTRICT");
        if self.at < self.words.len() {
            return Err(self.syntax_error());
        }
        Ok(Utility::DropIndex { concurrently, if_exists, cascade, names })
    }

    fn end(&self) -> Result<(), SqlError> {
        if self.at < self.words.len() { Err(self.syntax_error()) } else { Ok(()) }
    }

    fn name_or_all(&mut self) -> Result<Option<String>, SqlError> {
        let name = if self.accept("ALL") { None } else { Some(self.name()?) };
        self.end().map(|()| name)
    }

    /// Where a word begins in the statement, in bytes.
    fn offset(&self, at: usize) -> usize {
        self.words
            .get(at)
            .map_or(self.statement.len(), |word| word.as_ptr() as usize - self.statement.as_ptr() as usize)
    }

    /// What is left of the statement.
    fn rest(&self) -> Result<String, SqlError> {
        if self.at >= self.words.len() {
            return Err(self.syntax_error());
        }
        Ok(self.statement[self.offset(self.at)..].trim_end().to_owned())
    }

    /// `(a, b + f(c, d), …)` as its items' texts; none where no parenthesis opens.
    fn list(&mut self) -> Result<Vec<String>, SqlError> {
        let mut items = Vec::new();
        if !self.accept("(") {
            return Ok(items);
        }
        let (mut depth, mut start) = (0, self.at);
        loop {
            let Some(word) = self.words.get(self.at) else { return Err(self.syntax_error()) };
            let item = |end: usize| self.statement[self.offset(start)..self.offset(end)].trim().to_owned();
            match *word {
                "(" | "[" => depth += 1,
                ")" if depth == 0 => {
                    items.push(item(self.at));
                    self.at += 1;
                    return Ok(items);
                }
                ")" | "]" => depth -= 1,
                "," if depth == 0 => {
                    items.push(item(self.at));
                    start = self.at + 1;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn prepare(&mut self) -> Result<Utility, SqlError> {
        let (name, types) = (self.name()?, self.list()?);
        self.expect("AS")?;
        Ok(Utility::Prepare(Prepare { name, types, body: self.rest()? }))
    }

    fn declare(&mut self) -> Result<Utility, SqlError> {
        let name = self.name()?;
        let (mut scroll, mut hold, mut binary) = (false, false, false);
        loop {
            if self.accept("BINARY") {
                binary = true;
            } else if self.accept("NO") {
                self.expect("SCROLL")?;
            } else if self.accept("SCROLL") {
                scroll = true;
            } else if !(self.accept("INSENSITIVE") || self.accept("ASENSITIVE")) {
                break;
            }
        }
        self.expect("CURSOR")?;
        if self.accept("WITH") {
            self.expect("HOLD")?;
            hold = true;
        } else if self.accept("WITHOUT") {
            self.expect("HOLD")?;
        }
        self.expect("FOR")?;
        Ok(Utility::Declare(Declare { name, scroll, hold, binary, body: self.rest()? }))
    }

    /// `[direction] [FROM | IN] cursor`
    fn fetch(&mut self, shows: bool) -> Result<Utility, SqlError> {
        let direction = self.direction()?;
        if !self.accept("FROM") {
            self.accept("IN");
        }
        let cursor = self.name()?;
        self.end()?;
        Ok(Utility::Fetch(Fetch { cursor, direction, shows }))
    }

    fn direction(&mut self) -> Result<Direction, SqlError> {
        for (word, direction) in [
            ("NEXT", Direction::By(1)),
            ("PRIOR", Direction::By(-1)),
            ("FIRST", Direction::Absolute(1)),
            ("LAST", Direction::Absolute(-1)),
            ("ALL", Direction::By(i64::MAX)),
        ] {
            // A cursor may be named so.
            if self.at + 1 < self.words.len() && self.accept(word) {
                return Ok(direction);
            }
        }
        if self.accept("ABSOLUTE") {
            return Ok(Direction::Absolute(self.number()?.ok_or_else(|| self.syntax_error())?));
        }
        if self.accept("RELATIVE") {
            return Ok(Direction::Relative(self.number()?.ok_or_else(|| self.syntax_error())?));
        }
        let sign = if self.at + 1 < self.words.len() && self.accept("BACKWARD") {
            -1
        } else {
            let _ = self.at + 1 < self.words.len() && self.accept("FORWARD");
            1
        };
        if self.accept("ALL") {
            return Ok(Direction::By(if sign < 0 { -i64::MAX } else { i64::MAX }));
        }
        Ok(Direction::By(sign * self.number()?.unwrap_or(1)))
    }

    fn number(&mut self) -> Result<Option<i64>, SqlError> {
        let mut sign = 1;
        let mut at = self.at;
        if self.words.get(at) == Some(&"-") {
            (sign, at) = (-1, at + 1);
        }
        let Some(n) = self.words.get(at).and_then(|w| w.parse::<i64>().ok()) else { return Ok(None) };
        self.at = at + 1;
        Ok(Some(sign * n))
    }

    fn vacuum(&mut self) -> Result<Utility, SqlError> {
        let options = self.options();
        let mut full = options.iter().any(|o| o == "FULL");
        let mut analyze = options.iter().any(|o| o == "ANALYZE" || o == "ANALYSE");
        let mut verbose = options.iter().any(|o| o == "VERBOSE");
        loop {
            if self.accept("FULL") {
                full = true;
            } else if self.accept("ANALYZE") || self.accept("ANALYSE") {
                analyze = true;
            } else if self.accept("VERBOSE") {
                verbose = true;
            } else if !self.accept("FREEZE") {
                break;
            }
        }
        Ok(Utility::Vacuum(Vacuum { full, analyze, verbose, tables: self.names()? }))
    }

    /// `name {= | TO} value`; a missing value or DEFAULT is `None`.
    fn assignment(&mut self, name_only: bool) -> Result<(String, Option<String>), SqlError> {
        let name = if self.accept("TIME") {
            self.expect("ZONE")?;
            "timezone".to_owned()
        } else {
            let name = self.name()?;
            if !name_only && !self.accept("=") && !self.accept("TO") {
                return Err(self.syntax_error());
            }
            name
        };
        if name_only || self.accept("DEFAULT") {
            return Ok((name, None));
        }
        let values: Vec<String> =
            self.words[self.at..].iter().filter(|w| **w != ",").map(|w| unquote(w)).collect();
        if values.is_empty() {
            return Err(self.syntax_error());
        }
        Ok((name, Some(values.join(", "))))
    }

    fn syntax_error(&self) -> SqlError {
        let Some(word) = self.words.get(self.at) else {
            let end = self.statement.chars().count() as u32 + 1;
            return SqlError::new(SqlState::SYNTAX_ERROR, "syntax error at end of input").at(Some(end));
        };
        SqlError::new(SqlState::SYNTAX_ERROR, format!("syntax error at or near \"{word}\""))
            .at(self.position_of(word))
    }

    /// Where a word of the statement stands: one-based, in characters.
    fn position_of(&self, word: &str) -> Option<u32> {
        let offset = word.as_ptr() as usize - self.statement.as_ptr() as usize;
        self.statement.get(..offset).map(|before| before.chars().count() as u32 + 1)
    }
}

/// A possibly quoted, possibly qualified name as the catalog has it.
pub(super) fn fold(word: &str) -> String {
    let part = |p: &str| match p.strip_prefix('"').and_then(|p| p.strip_suffix('"')) {
        Some(quoted) => quoted.to_owned(),
        None => p.to_ascii_lowercase(),
    };
    word.split('.').map(part).collect::<Vec<_>>().join(".")
}

fn unquote(word: &str) -> String {
    let bare = word.strip_prefix('\'').and_then(|w| w.strip_suffix('\''));
    bare.map_or_else(|| word.to_owned(), |b| b.replace("''", "'"))
}

fn begin(upper: &[String]) -> TransactionWord {
    TransactionWord::Begin(Isolation::asked(upper))
}

/// A statement with each `$n` outside quotes and comments replaced.
pub(super) fn substituted(statement: &str, replace: &mut dyn FnMut(usize) -> String) -> String {
    let mut out = String::new();
    let mut rest = statement;
    while !rest.is_empty() {
        let behind = rest.strip_prefix('$').unwrap_or_default();
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        if let Ok(number) = behind[..digits].parse::<usize>() {
            out.push_str(&replace(number));
            rest = &behind[digits..];
            continue;
        }
        let (token, after) = rest.split_at(token_length(rest));
        out.push_str(token);
        rest = after;
    }
    out
}
