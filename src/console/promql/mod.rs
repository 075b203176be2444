//! PromQL as Prometheus evaluates it: parser, types and evaluation over any [`Source`] of samples.
//!
//! Written by hand rather than on a parser crate: those there are bring an LR parser generator into every build, and the
//! grammar is small. What is evaluated follows `promql/engine.go` and `promql/functions.go` of Prometheus 2.42 (ranges are
//! closed at both ends, samples are looked back for five minutes); recorded answers of that release hold it to 1e-9.

mod aggregate;
mod ast;
mod binary;
mod eval;
mod functions;
mod histogram;
mod labels;
mod lex;
mod over_time;
mod parse;
mod range;
mod store;

pub(crate) use ast::AGGREGATIONS;
pub use ast::{Expr, Kind};
pub use eval::{Engine, Evaluated, RangeSeries, Sample};
pub(crate) use functions::FUNCTIONS;
pub use labels::{Labels, MatchOp, Matcher};
pub use parse::parse;
pub use store::MetricsSource;

/// How far back an instant selector looks for a sample, in milliseconds (Prometheus' `--query.lookback-delta`).
pub const LOOKBACK_MS: i64 = 5 * 60 * 1000;

/// Why a query has no answer, in Prometheus' words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(pub String);

impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// A stored series.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its labels, `__name__` among them.
    pub labels: Labels,
    /// Times in milliseconds since 1970 and values, oldest first.
    pub samples: Vec<(i64, f64)>,
}

/// Where samples come from.
pub trait Source {
    /// The series that pass every matcher, with their samples in [from, to] (milliseconds since 1970).
    fn select(&self, matchers: &[Matcher], from_ms: i64, to_ms: i64) -> Vec<Series>;
}
