//! What ANALYZE and VACUUM store about a relation: the planner's whole knowledge of the data.

use crate::postgres::datum::Datum;

/// `pg_class`'s counters of a relation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelationStatistics {
    /// `relpages`
    pub pages: f64,
    /// `reltuples`; -1 when never vacuumed nor analysed.
    pub tuples: f64,
    /// `relallvisible`
    pub all_visible: f64,
    /// `relallfrozen`
    pub all_frozen: f64,
}

impl Default for RelationStatistics {
    fn default() -> Self {
        RelationStatistics { pages: 0.0, tuples: -1.0, all_visible: 0.0, all_frozen: 0.0 }
    }
}

/// One column's row of `pg_statistic`. Fractions are of all rows, NULLs included; they are `real` in PostgreSQL and
/// are kept here as the double that the `real` converts to, so that estimates agree to the last digit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ColumnStatistics {
    /// Share of NULLs, 0–1.
    pub null_fraction: f64,
    /// Average width in bytes.
    pub width: i32,
    /// Distinct values: positive a count, negative minus the share of the rows, 0 unknown.
    pub distinct: f64,
    /// Most common values with their share, most common first.
    pub most_common: Vec<(Datum, f64)>,
    /// Bounds of buckets with equal counts, over what the most common values leave.
    pub histogram: Vec<Datum>,
    /// Correlation of value order and physical order, -1 to 1.
    pub correlation: Option<f64>,
    /// For arrays and `tsvector`: the elements.
    pub elements: Option<ElementStatistics>,
}

/// Most common elements of a `tsvector` or array column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ElementStatistics {
    /// Elements with the share of rows that contain them, in element order.
    pub most_common: Vec<(Datum, f64)>,
    /// Smallest share among them.
    pub min_frequency: f64,
    /// Largest share among them.
    pub max_frequency: f64,
}
