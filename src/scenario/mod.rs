//! The scenario format: loading, checks with file, line and column, drawing a variant from a seed.
//!
//! A scenario is a folder of data: `scenario.ron` with `schema.sql`, `statistics.sql` and prose beside it. This room
//! turns the folder into plain values and says what is wrong with it; it simulates nothing. Names in the format (a
//! query, a page, a pool) stay names here: whoever runs them resolves them to indexes once, at the start.

pub mod time;
pub mod story;
pub mod workload;
pub mod components;
pub mod change;
pub mod alert;
pub mod people;
pub mod grading;
pub mod mechanism;
pub mod variant;
pub mod scale;
pub mod diagnostic;
mod source;
mod checks;
pub mod load;
pub mod embedded;

pub use alert::{AlertRule, Condition, Severity, Signal};
pub use change::{Change, ChangeKind, Draw, Harm, Role};
pub use components::Components;
pub use diagnostic::Diagnostic;
pub use grading::Grading;
pub use load::{Loaded, load};
pub use people::{Line, Person, Team, Trigger};
pub use story::{
    Effect, Ghost, Hint, Milestone, Provenance, RedHerring, Runbook, Scenario, ScriptEntry, Slo, Source,
    TimelineEntry,
};
pub use time::{Clock, Interval};
pub use variant::Variant;
pub use workload::{Endpoint, Page, Query, Step, Stretch, Workload};
