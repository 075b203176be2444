//! Values as the executor holds them: the representation; the type is known statically, from the bind pass.
//!
//! Types that differ only in range or printing share a representation (`int2`, `int4`, `int8`, `oid`, `regclass` are all
//! integers; `text`, `name`, `varchar` are all text), so a comparison needs no conversion where PostgreSQL has a cross-type
//! operator.

use std::cmp::Ordering;
use std::sync::Arc;

use super::datetime::Interval;
use super::numeric::Numeric;

/// One value, or null.
#[derive(Clone, Debug)]
pub enum Value {
    /// SQL's null.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `int2`, `int4`, `int8`, `oid` and the `reg…` types, `xid`, `cid`, `pg_lsn`, `xid8`, `"char"` excepted.
    Int(i64),
    /// `real` and `double precision`.
    Float(f64),
    /// `numeric`.
    Numeric(Arc<Numeric>),
    /// `text`, `name`, `varchar`, `"char"`, `json`, `inet`, `uuid`, `bytea` and all that is only carried and printed.
    Text(Arc<str>),
    /// `timestamp`, `timestamptz`: microseconds since 1970-01-01 00:00 UTC; `i64::MAX`/`MIN` are the infinities.
    Timestamp(i64),
    /// `date`: days since 1970-01-01.
    Date(i32),
    /// `time`: microseconds since midnight.
    Time(i64),
    /// `interval`.
    Interval(Interval),
    /// Any array, `int2vector` and `oidvector`.
    Array(Arc<Array>),
    /// A row value.
    Record(Arc<Record>),
    /// `jsonb`.
    Json(Arc<serde_json::Value>),
}

/// An array of one or more dimensions, elements in row-major order.
#[derive(Clone, Debug)]
pub struct Array {
    /// The elements' type.
    pub element: u32,
    /// Length of each dimension; empty for an empty array.
    pub dimensions: Vec<usize>,
    /// Lower bound of the first dimension (1, but 0 for `int2vector`).
    pub lower: i64,
    /// The elements.
    pub values: Vec<Value>,
}

/// A row value with its fields' names and types.
#[derive(Clone, Debug)]
pub struct Record {
    /// Names and types, in order.
    pub fields: Arc<[(Arc<str>, u32)]>,
    /// The values.
    pub values: Vec<Value>,
}

/// A row of a relation, or of a result.
pub type Row = Vec<Value>;

impl Array {
    /// A one-dimensional array with lower bound 1.
    pub fn of(element: u32, values: Vec<Value>) -> Self {
        let dimensions = if values.is_empty() { Vec::new() } else { vec![values.len()] };
        Self { element, dimensions, lower: 1, values }
    }
}

impl Value {
    /// Text from a string slice.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(Arc::from(text.as_ref()))
    }

    /// Text, or null.
    pub fn optional_text(text: Option<impl AsRef<str>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    /// An integer, or null.
    pub fn optional_int(value: Option<impl Into<i64>>) -> Self {
        value.map_or(Self::Null, |value| Self::Int(value.into()))
    }

    /// A timestamp, or null.
    pub fn optional_time(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Timestamp)
    }

    /// A numeric.
    pub fn numeric(value: Numeric) -> Self {
        Self::Numeric(Arc::new(value))
    }

    /// A one-dimensional array.
    pub fn array(element: u32, values: Vec<Self>) -> Self {
        Self::Array(Arc::new(Array::of(element, values)))
    }

    /// Is it null?
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Is it true (not false, not null)?
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// The integer; 0 when it is anything else.
    pub fn int(&self) -> i64 {
        match self {
            Self::Int(value) => *value,
            Self::Bool(value) => i64::from(*value),
            _ => 0,
        }
    }

    /// The float; a numeric's or integer's nearest.
    pub fn float(&self) -> f64 {
        match self {
            Self::Float(value) => *value,
            Self::Int(value) => *value as f64,
            Self::Numeric(value) => value.to_f64(),
            _ => 0.0,
        }
    }

    /// The text; empty when it is anything else.
    pub fn str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The numeric, made from an integer or float where it must be.
    pub fn to_numeric(&self) -> Numeric {
        match self {
            Self::Numeric(value) => (**value).clone(),
            Self::Int(value) => Numeric::from(*value),
            Self::Float(value) => Numeric::from_float(*value, 15),
            _ => Numeric::zero(),
        }
    }

    /// Total order as PostgreSQL's btree operator classes have it: `NaN` last among floats, nulls last, intervals by their
    /// normal length, records and arrays element by element.
    pub fn compare(&self, other: &Self) -> Ordering {
        use Value as V;
        match (self, other) {
            (V::Null, V::Null) => Ordering::Equal,
            (V::Null, _) => Ordering::Greater,
            (_, V::Null) => Ordering::Less,
            (V::Bool(a), V::Bool(b)) => a.cmp(b),
            (V::Int(a), V::Int(b)) | (V::Time(a), V::Time(b)) | (V::Timestamp(a), V::Timestamp(b)) => {
                a.cmp(b)
            }
            (V::Float(a), V::Float(b)) => compare_floats(*a, *b),
            (V::Numeric(a), V::Numeric(b)) => a.compare(b),
            (V::Text(a), V::Text(b)) => a.cmp(b),
            (V::Date(a), V::Date(b)) => a.cmp(b),
            (V::Date(a), V::Timestamp(b)) => (i64::from(*a) * super::datetime::DAY).cmp(b),
            (V::Timestamp(a), V::Date(b)) => a.cmp(&(i64::from(*b) * super::datetime::DAY)),
            (V::Interval(a), V::Interval(b)) => a.length().cmp(&b.length()),
            (V::Array(a), V::Array(b)) => {
                compare_lists(&a.values, &b.values).then_with(|| a.dimensions.cmp(&b.dimensions))
            }
            (V::Record(a), V::Record(b)) => compare_lists(&a.values, &b.values),
            (V::Json(a), V::Json(b)) => compare_json(a, b),
            (V::Numeric(_), _) | (_, V::Numeric(_)) => self.to_numeric().compare(&other.to_numeric()),
            (V::Float(a), V::Int(b)) => compare_floats(*a, *b as f64),
            (V::Int(a), V::Float(b)) => compare_floats(*a as f64, *b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Int(_) => 1,
            Self::Float(_) => 2,
            Self::Numeric(_) => 3,
            Self::Text(_) => 4,
            Self::Timestamp(_) => 5,
            Self::Date(_) => 6,
            Self::Time(_) => 7,
            Self::Interval(_) => 8,
            Self::Array(_) => 9,
            Self::Record(_) => 10,
            Self::Json(_) => 11,
            Self::Null => 12,
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other)
    }
}

fn compare_floats(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
    }
}

fn compare_lists(a: &[Value], b: &[Value]) -> Ordering {
    a.iter()
        .zip(b)
        .map(|(x, y)| x.compare(y))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// jsonb's order: Object > Array > Boolean > Number > String > Null (documentation, "jsonb Indexing").
fn compare_json(a: &serde_json::Value, b: &serde_json::Value) -> Ordering {
    use serde_json::Value as J;
    let rank = |value: &J| match value {
        J::Null => 0,
        J::String(_) => 1,
        J::Number(_) => 2,
        J::Bool(_) => 3,
        J::Array(_) => 4,
        J::Object(_) => 5,
    };
    match (a, b) {
        (J::String(a), J::String(b)) => a.cmp(b),
        (J::Number(a), J::Number(b)) => compare_floats(a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0)),
        (J::Bool(a), J::Bool(b)) => a.cmp(b),
        (J::Array(x), J::Array(y)) => x.len().cmp(&y.len()).then_with(|| {
            x.iter()
                .zip(y)
                .map(|(x, y)| compare_json(x, y))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        }),
        (J::Object(x), J::Object(y)) => x.len().cmp(&y.len()).then_with(|| a.to_string().cmp(&b.to_string())),
        _ => rank(a).cmp(&rank(b)),
    }
}
