//! Values as the statistics and constants of a query hold them, with PostgreSQL's comparison of each type.

use std::cmp::Ordering;
use std::sync::Arc;

use super::types::TypeId;

/// One value. Cheap to clone; the type travels beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// SQL NULL.
    Null,
    /// `boolean`
    Bool(bool),
    /// All integer types, oids, dates (days since 2000-01-01), timestamps and times (microseconds since 2000-01-01 00:00 UTC, since midnight).
    Int(i64),
    /// `real`, `double precision`; also `numeric`, whose text is kept beside by [`Datum::Numeric`].
    Float(f64),
    /// `numeric`: its value and its text.
    Numeric(f64, Arc<str>),
    /// Strings, and every type that the planner need not look into (`jsonb`, `tsquery`, `inet`…), in their text form.
    Text(Arc<str>),
    /// `uuid`
    Uuid([u8; 16]),
    /// `interval`
    Interval {
        /// Whole months.
        months: i32,
        /// Whole days.
        days: i32,
        /// The rest, in microseconds.
        micros: i64,
    },
    /// An array with elements of one type.
    Array(Arc<[Datum]>),
}

/// How strings compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Collation {
    /// The database's own (a language's order, such as ICU `en-US`).
    #[default]
    Default,
    /// Byte order, as `COLLATE "C"` and the `text_pattern_ops` operators use.
    C,
}

impl Datum {
    /// A text value.
    pub fn text(value: &str) -> Datum {
        Datum::Text(Arc::from(value))
    }

    /// True for NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Datum::Null)
    }

    /// The value as a float, for the types that lie on a line.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Datum::Bool(b) => Some(f64::from(u8::from(*b))),
            Datum::Int(i) => Some(*i as f64),
            Datum::Float(f) | Datum::Numeric(f, _) => Some(*f),
            Datum::Interval { months, days, micros } => {
                // timestamp interval_cmp_value: months count 30 days.
                Some(*micros as f64 + (f64::from(*days) + f64::from(*months) * 30.0) * 86_400e6)
            }
            _ => None,
        }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Datum::Text(text) => Some(text),
            _ => None,
        }
    }

    /// PostgreSQL's btree comparison; values of types that don't compare are equal.
    pub fn compare(&self, other: &Datum, collation: Collation) -> Ordering {
        match (self, other) {
            (Datum::Int(a), Datum::Int(b)) => a.cmp(b),
            (Datum::Text(a), Datum::Text(b)) => match collation {
                Collation::C => a.as_bytes().cmp(b.as_bytes()),
                Collation::Default => super::collation::compare(a, b),
            },
            (Datum::Uuid(a), Datum::Uuid(b)) => a.cmp(b),
            (Datum::Array(a), Datum::Array(b)) => a
                .iter()
                .zip(b.iter())
                .map(|(x, y)| x.compare(y, collation))
                .find(|o| o.is_ne())
                .unwrap_or_else(|| a.len().cmp(&b.len())),
            _ => match (self.as_f64(), other.as_f64()) {
                (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
                _ => Ordering::Equal,
            },
        }
    }
}

/// A constant with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// The value.
    pub datum: Datum,
    /// Its type.
    pub type_id: TypeId,
}
