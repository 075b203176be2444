//! What ANALYZE finds: the truth as a sample of the table shows it, a little different each time.
//!
//! Shares of common values scatter by their sampling error, √(p (1 − p) / n); the number of distinct values by the
//! estimator's few per cent (Haas and Stokes, 1998, as in `compute_scalar_stats`). So a plan near a tie can flip from
//! one ANALYZE to the next, as it does on real servers.

use crate::kernel::Stream;
use crate::postgres::catalog::ColumnStatistics;

/// Relative error of the number of distinct values, where it had to be estimated.
const DISTINCT_ERROR: f64 = 0.03;
/// Error of the correlation.
const CORRELATION_ERROR: f64 = 0.004;
/// Relative error of the row count.
const ROWS_ERROR: f64 = 0.004;

/// A column's statistics from a sample of `rows` rows.
pub(crate) fn column(truth: &ColumnStatistics, rows: f64, draws: &mut Stream) -> ColumnStatistics {
    let mut sampled = truth.clone();
    sampled.null_fraction = share(truth.null_fraction, rows, draws);
    for value in &mut sampled.most_common {
        value.1 = share(value.1, rows, draws);
    }
    sampled.most_common.sort_by(|a, b| b.1.total_cmp(&a.1));
    let estimated = truth.distinct != -1.0 && truth.distinct.abs() != truth.most_common.len() as f64;
    if estimated {
        sampled.distinct = truth.distinct * (1.0 + DISTINCT_ERROR * draws.normal());
        if truth.distinct < 0.0 {
            sampled.distinct = sampled.distinct.clamp(-1.0, 0.0);
        }
    }
    let scatter = |c: f64, draws: &mut Stream| (c + CORRELATION_ERROR * draws.normal()).clamp(-1.0, 1.0);
    sampled.correlation = truth.correlation.map(|c| if c.abs() == 1.0 { c } else { scatter(c, draws) });
    sampled
}

/// A table's row count from the density of sampled pages (`vac_estimate_reltuples`).
pub(crate) fn tuples(truth: f64, draws: &mut Stream) -> f64 {
    (truth * (1.0 + ROWS_ERROR * draws.normal())).round().max(0.0)
}

fn share(p: f64, rows: f64, draws: &mut Stream) -> f64 {
    let error = libm::sqrt((p * (1.0 - p)).max(0.0) / rows.max(1.0));
    // The catalog holds shares as `real`.
    f64::from((p + error * draws.normal()).clamp(0.0, 1.0) as f32)
}
