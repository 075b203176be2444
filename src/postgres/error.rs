//! The error that every part of the PostgreSQL model speaks: what `psql` would print.

use std::fmt;

use unicode_width::UnicodeWidthChar;

/// An SQLSTATE code, five characters as in PostgreSQL's appendix A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SqlState(pub &'static str);

impl SqlState {
    /// `syntax_error`
    pub const SYNTAX_ERROR: SqlState = SqlState("42601");
    /// `undefined_table`
    pub const UNDEFINED_TABLE: SqlState = SqlState("42P01");
    /// `undefined_column`
    pub const UNDEFINED_COLUMN: SqlState = SqlState("42703");
    /// `undefined_function` (operators too)
    pub const UNDEFINED_FUNCTION: SqlState = SqlState("42883");
    /// `undefined_object` (types, roles, indexes, constraints…)
    pub const UNDEFINED_OBJECT: SqlState = SqlState("42704");
    /// `undefined_parameter`
    pub const UNDEFINED_PARAMETER: SqlState = SqlState("42P02");
    /// `duplicate_table` (indexes too)
    pub const DUPLICATE_TABLE: SqlState = SqlState("42P07");
    /// `duplicate_column`
    pub const DUPLICATE_COLUMN: SqlState = SqlState("42701");
    /// `duplicate_object`
    pub const DUPLICATE_OBJECT: SqlState = SqlState("42710");
    /// `ambiguous_column`
    pub const AMBIGUOUS_COLUMN: SqlState = SqlState("42702");
    /// `datatype_mismatch`
    pub const DATATYPE_MISMATCH: SqlState = SqlState("42804");
    /// `grouping_error`
    pub const GROUPING_ERROR: SqlState = SqlState("42803");
    /// `wrong_object_type`
    pub const WRONG_OBJECT_TYPE: SqlState = SqlState("42809");
    /// `invalid_table_definition`
    pub const INVALID_TABLE_DEFINITION: SqlState = SqlState("42P16");
    /// `invalid_object_definition`
    pub const INVALID_OBJECT_DEFINITION: SqlState = SqlState("42P17");
    /// `insufficient_privilege`
    pub const INSUFFICIENT_PRIVILEGE: SqlState = SqlState("42501");
    /// `dependent_objects_still_exist`
    pub const DEPENDENT_OBJECTS_STILL_EXIST: SqlState = SqlState("2BP01");
    /// `invalid_text_representation`
    pub const INVALID_TEXT_REPRESENTATION: SqlState = SqlState("22P02");
    /// `invalid_datetime_format`
    pub const INVALID_DATETIME_FORMAT: SqlState = SqlState("22007");
    /// `numeric_value_out_of_range`
    pub const NUMERIC_VALUE_OUT_OF_RANGE: SqlState = SqlState("22003");
    /// `division_by_zero`
    pub const DIVISION_BY_ZERO: SqlState = SqlState("22012");
    /// `invalid_parameter_value`
    pub const INVALID_PARAMETER_VALUE: SqlState = SqlState("22023");
    /// `feature_not_supported`
    pub const FEATURE_NOT_SUPPORTED: SqlState = SqlState("0A000");
    /// `cant_change_runtime_param`
    pub const CANT_CHANGE_RUNTIME_PARAM: SqlState = SqlState("55P02");
    /// `object_in_use`
    pub const OBJECT_IN_USE: SqlState = SqlState("55006");
    /// `lock_not_available`
    pub const LOCK_NOT_AVAILABLE: SqlState = SqlState("55P03");
    /// `query_canceled`
    pub const QUERY_CANCELED: SqlState = SqlState("57014");
    /// `admin_shutdown`
    pub const ADMIN_SHUTDOWN: SqlState = SqlState("57P01");
    /// `too_many_connections`
    pub const TOO_MANY_CONNECTIONS: SqlState = SqlState("53300");
    /// `deadlock_detected`
    pub const DEADLOCK_DETECTED: SqlState = SqlState("40P01");
    /// `active_sql_transaction`
    pub const ACTIVE_SQL_TRANSACTION: SqlState = SqlState("25001");
    /// `no_active_sql_transaction`
    pub const NO_ACTIVE_SQL_TRANSACTION: SqlState = SqlState("25P01");
    /// `invalid_savepoint_specification`
    pub const INVALID_SAVEPOINT: SqlState = SqlState("3B001");
    /// `read_only_sql_transaction`
    pub const READ_ONLY_SQL_TRANSACTION: SqlState = SqlState("25006");
    /// `in_failed_sql_transaction`
    pub const IN_FAILED_SQL_TRANSACTION: SqlState = SqlState("25P02");
    /// `program_limit_exceeded`
    pub const PROGRAM_LIMIT_EXCEEDED: SqlState = SqlState("54000");
}

/// An error as the server reports it. `Display` words it as `psql` does at its default verbosity
/// (`ERROR:  …`, then `DETAIL:` and `HINT:` lines); the caret line needs the statement: see [`SqlError::report`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlError {
    /// The SQLSTATE code.
    pub sqlstate: SqlState,
    /// The primary message, without `ERROR:`.
    pub message: String,
    /// The DETAIL line, where there is one.
    pub detail: Option<String>,
    /// The HINT line, where there is one.
    pub hint: Option<String>,
    /// One-based character position in the statement's text.
    pub position: Option<u32>,
}

impl SqlError {
    /// An error with a code and a message only.
    pub fn new(sqlstate: SqlState, message: impl Into<String>) -> Self {
        SqlError { sqlstate, message: message.into(), detail: None, hint: None, position: None }
    }

    /// `feature_not_supported`: how the model declines what PostgreSQL could do and it cannot.
    pub fn unsupported(what: impl fmt::Display) -> Self {
        SqlError::new(SqlState::FEATURE_NOT_SUPPORTED, format!("{what} is not supported"))
    }

    /// Adds a DETAIL line.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a HINT line.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the position (one-based, in characters), unless the error already has one.
    #[must_use]
    pub fn at(mut self, position: Option<u32>) -> Self {
        self.position = self.position.or(position);
        self
    }

    /// What `psql` prints: the message, then `LINE n: …` and a caret where the position is known.
    pub fn report(&self, statement: &str) -> String {
        let mut out = format!("ERROR:  {}\n", self.message);
        if let Some((number, line, column)) = self.position.and_then(|p| locate(statement, p)) {
            let (excerpt, offset) = excerpt(line, column);
            let prefix = format!("LINE {number}: ");
            out.push_str(&format!("{prefix}{excerpt}\n{}^\n", " ".repeat(prefix.len() + offset)));
        }
        for (label, text) in [("DETAIL", &self.detail), ("HINT", &self.hint)] {
            if let Some(text) = text {
                out.push_str(&format!("{label}:  {text}\n"));
            }
        }
        out
    }
}

/// The one-based line, its text and the zero-based column of a one-based character position.
fn locate(statement: &str, position: u32) -> Option<(usize, &str, usize)> {
    let mut left = (position as usize).checked_sub(1)?;
    for (index, line) in statement.split('\n').enumerate() {
        let length = line.chars().count();
        if left <= length {
            return Some((index + 1, line, left));
        }
        left -= length + 1;
    }
    None
}

/// Columns of a screen that a quoted line may take, and how far from its cut end the caret stays (libpq's `DISPLAY_SIZE` and
/// `MIN_RIGHT_CUT`).
const DISPLAY_SIZE: usize = 60;
const MIN_RIGHT_CUT: usize = 10;

/// A line cut around the zero-based character `at`, and how many columns stand before that character
/// (`reportErrorPosition` of `fe-protocol3.c`).
fn excerpt(line: &str, at: usize) -> (String, usize) {
    let characters: Vec<char> = line.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let columns = |from: usize, to: usize| -> usize {
        characters[from..to].iter().map(|c| UnicodeWidthChar::width(*c).unwrap_or(0)).sum()
    };
    let at = at.min(characters.len());
    let (mut begin, mut end) = (0, characters.len());
    if columns(begin, end) > DISPLAY_SIZE {
        if DISPLAY_SIZE >= columns(begin, at) + MIN_RIGHT_CUT {
            while columns(begin, end) > DISPLAY_SIZE {
                end -= 1;
            }
        } else {
            while end > at && columns(at, end) > MIN_RIGHT_CUT {
                end -= 1;
            }
            while columns(begin, end) > DISPLAY_SIZE {
                begin += 1;
            }
        }
    }
    let dots = |cut: bool| if cut { "..." } else { "" };
    let (before, behind) = (dots(begin > 0), dots(end < characters.len()));
    let text: String = characters[begin..end].iter().collect();
    (format!("{before}{text}{behind}"), before.len() + columns(begin, at))
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ERROR:  {}", self.message)?;
        if let Some(detail) = &self.detail {
            write!(f, "\nDETAIL:  {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\nHINT:  {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SqlError {}
