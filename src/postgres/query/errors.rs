//! The errors of the SQL console, worded as PostgreSQL words them.

use crate::postgres::error::{SqlError, SqlState};

/// `invalid_schema_name`
const INVALID_SCHEMA_NAME: SqlState = SqlState("3F000");
/// `ambiguous_function`
pub(crate) const AMBIGUOUS_FUNCTION: SqlState = SqlState("42725");
/// `windowing_error`
const WINDOWING_ERROR: SqlState = SqlState("42P20");
/// `cardinality_violation`
const CARDINALITY_VIOLATION: SqlState = SqlState("21000");
/// `invalid_column_reference`
const INVALID_COLUMN_REFERENCE: SqlState = SqlState("42P10");
/// `cannot_coerce`
const CANNOT_COERCE: SqlState = SqlState("42846");
/// `duplicate_alias`
const DUPLICATE_ALIAS: SqlState = SqlState("42712");
/// `indeterminate_datatype`
const INDETERMINATE_DATATYPE: SqlState = SqlState("42P18");
/// `datetime_field_overflow`
const DATETIME_FIELD_OVERFLOW: SqlState = SqlState("22008");
/// `invalid_regular_expression`
const INVALID_REGULAR_EXPRESSION: SqlState = SqlState("2201B");
/// `configuration_limit_exceeded`
const CONFIGURATION_LIMIT_EXCEEDED: SqlState = SqlState("53400");

pub(crate) fn new(state: SqlState, message: impl Into<String>) -> SqlError {
    SqlError::new(state, message)
}

/// A part of SQL that the console's engine declines: PostgreSQL could, this cannot, and it says so.
pub(crate) fn unsupported(what: impl std::fmt::Display) -> SqlError {
    SqlError::unsupported(what).hint("The simulated server's console does not model this.")
}

pub(crate) fn syntax(message: impl Into<String>) -> SqlError {
    new(SqlState::SYNTAX_ERROR, message)
}

pub(crate) fn undefined_type(name: &str) -> SqlError {
    new(SqlState::UNDEFINED_OBJECT, format!("type \"{name}\" does not exist"))
}

pub(crate) fn undefined_relation(name: &str) -> SqlError {
    new(SqlState::UNDEFINED_TABLE, format!("relation \"{name}\" does not exist"))
}

pub(crate) fn undefined_schema(name: &str) -> SqlError {
    new(INVALID_SCHEMA_NAME, format!("schema \"{name}\" does not exist"))
}

pub(crate) fn missing_from(name: &str) -> SqlError {
    new(SqlState::UNDEFINED_TABLE, format!("missing FROM-clause entry for table \"{name}\""))
}

pub(crate) fn undefined_column(name: &str) -> SqlError {
    new(SqlState::UNDEFINED_COLUMN, format!("column {name} does not exist"))
}

pub(crate) fn ambiguous_column(name: &str) -> SqlError {
    new(SqlState::AMBIGUOUS_COLUMN, format!("column reference \"{name}\" is ambiguous"))
}

pub(crate) fn undefined_function(signature: &str) -> SqlError {
    new(SqlState::UNDEFINED_FUNCTION, format!("function {signature} does not exist")).hint(
        "No function matches the given name and argument types. You might need to add explicit type casts.",
    )
}

pub(crate) fn ambiguous_function(signature: &str) -> SqlError {
    new(AMBIGUOUS_FUNCTION, format!("function {signature} is not unique"))
        .hint("Could not choose a best candidate function. You might need to add explicit type casts.")
}

pub(crate) fn undefined_operator(signature: &str) -> SqlError {
    new(SqlState::UNDEFINED_FUNCTION, format!("operator does not exist: {signature}")).hint(
        "No operator matches the given name and argument types. You might need to add explicit type casts.",
    )
}

pub(crate) fn ambiguous_operator(signature: &str) -> SqlError {
    new(AMBIGUOUS_FUNCTION, format!("operator is not unique: {signature}"))
        .hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
}

pub(crate) fn cannot_cast(from: &str, to: &str) -> SqlError {
    new(CANNOT_COERCE, format!("cannot cast type {from} to {to}"))
}

pub(crate) fn mismatch(message: impl Into<String>) -> SqlError {
    new(SqlState::DATATYPE_MISMATCH, message)
}

pub(crate) fn grouping(message: impl Into<String>) -> SqlError {
    new(SqlState::GROUPING_ERROR, message)
}

pub(crate) fn windowing(message: impl Into<String>) -> SqlError {
    new(WINDOWING_ERROR, message)
}

pub(crate) fn cardinality(message: impl Into<String>) -> SqlError {
    new(CARDINALITY_VIOLATION, message)
}

pub(crate) fn column_reference(message: impl Into<String>) -> SqlError {
    new(INVALID_COLUMN_REFERENCE, message)
}

pub(crate) fn duplicate_alias(name: &str) -> SqlError {
    new(DUPLICATE_ALIAS, format!("table name \"{name}\" specified more than once"))
}

pub(crate) fn indeterminate(message: impl Into<String>) -> SqlError {
    new(INDETERMINATE_DATATYPE, message)
}

pub(crate) fn invalid_input(type_name: &str, text: &str) -> SqlError {
    let state = match type_name {
        "date" | "time" | "interval" => SqlState::INVALID_DATETIME_FORMAT,
        name if name.starts_with("time") => SqlState::INVALID_DATETIME_FORMAT,
        _ => SqlState::INVALID_TEXT_REPRESENTATION,
    };
    new(state, format!("invalid input syntax for type {type_name}: \"{text}\""))
}

pub(crate) fn out_of_range(message: impl Into<String>) -> SqlError {
    new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, message)
}

pub(crate) fn field_overflow(text: &str) -> SqlError {
    new(DATETIME_FIELD_OVERFLOW, format!("date/time field value out of range: \"{text}\""))
}

pub(crate) fn division_by_zero() -> SqlError {
    new(SqlState::DIVISION_BY_ZERO, "division by zero")
}

pub(crate) fn invalid_parameter(message: impl Into<String>) -> SqlError {
    new(SqlState::INVALID_PARAMETER_VALUE, message)
}

pub(crate) fn invalid_regex(message: impl std::fmt::Display) -> SqlError {
    new(INVALID_REGULAR_EXPRESSION, format!("invalid regular expression: {message}"))
}

pub(crate) fn permission_denied(kind: &str, name: &str) -> SqlError {
    new(SqlState::INSUFFICIENT_PRIVILEGE, format!("permission denied for {kind} {name}"))
}

pub(crate) fn limit_exceeded(message: impl Into<String>) -> SqlError {
    new(CONFIGURATION_LIMIT_EXCEEDED, message)
}
