//! A model of a PostgreSQL 18 server: catalog, statistics, planner, execution, locks, catalog views.

pub mod buffers;
pub mod catalog;
mod collation;
pub mod datum;
pub mod error;
pub mod explain;
pub mod format;
pub mod grade;
pub mod locks;
pub mod plan;
pub mod planner;
pub mod query;
pub mod row_locks;
pub mod selectivity;
pub mod server;
pub mod settings;
pub mod sql;
pub mod types;
pub(crate) mod views;
pub mod wal;
pub mod work;

pub use catalog::Catalog;
pub use error::{SqlError, SqlState};
pub use settings::Settings;
