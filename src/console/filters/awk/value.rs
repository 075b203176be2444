//! awk's values: numbers, texts, and input that looks like a number and compares as one.

use crate::console::tools::{leading_number, shortest};
use std::cmp::Ordering;

/// A value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Value {
    /// Never assigned: zero and the empty text.
    #[default]
    Nothing,
    Number(f64),
    Text(String),
    /// A field or `-v` value that looks like a number.
    Numeric(String, f64),
}

impl Value {
    /// A text that is only a text.
    pub(super) fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// True as 1, false as 0.
    pub(super) fn truth(truth: bool) -> Value {
        Value::Number(f64::from(u8::from(truth)))
    }

    /// A value that came from input.
    pub(super) fn input(text: &str) -> Value {
        let trimmed = text.trim_matches([' ', '\t', '\n']);
        let digits = trimmed.trim_start_matches(['+', '-']);
        let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        match trimmed.parse::<f64>() {
            Ok(number) if plain => Value::Numeric(text.to_owned(), number),
            _ => Value::Text(text.to_owned()),
        }
    }

    /// As a number: the one it starts with, or zero.
    pub(super) fn number(&self) -> f64 {
        match self {
            Value::Nothing => 0.0,
            Value::Number(number) | Value::Numeric(_, number) => *number,
            Value::Text(text) => leading_number(text),
        }
    }

    /// As text; whole numbers without a point, others as `%.6g`.
    pub(super) fn string(&self) -> String {
        match self {
            Value::Nothing => String::new(),
            Value::Number(number) => number_text(*number),
            Value::Text(text) | Value::Numeric(text, _) => text.clone(),
        }
    }

    /// As a condition.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::Nothing => false,
            Value::Number(number) | Value::Numeric(_, number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
        }
    }

    /// By number when both are or look like numbers, by text otherwise.
    pub(super) fn compare(&self, other: &Value) -> Ordering {
        match (self, other) {
            (Value::Text(_), _) | (_, Value::Text(_)) => self.string().cmp(&other.string()),
            _ => self.number().partial_cmp(&other.number()).unwrap_or(Ordering::Equal),
        }
    }
}

/// Largest whole number printed without an exponent.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A number as `print` writes it.
pub(super) fn number_text(number: f64) -> String {
    if number == number.trunc() && number.abs() <= LARGEST_WHOLE {
        format!("{}", number as i64)
    } else {
        shortest(number, 6)
    }
}
