//! EXPLAIN: plans as PostgreSQL 18 prints them, as text and as JSON, YAML or XML, with or without what really happened.

mod actuals;
mod describe;
mod json;
mod markup;
mod names;
mod text;

pub use actuals::{Actuals, BufferUsage, HashActuals, NodeActuals, SortActuals, WalUsage};
pub use json::json;
pub use markup::{Markup, markup};
pub use text::text;

/// EXPLAIN's options. ANALYZE is on where [`Actuals`] are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainOptions {
    /// COSTS
    pub costs: bool,
    /// VERBOSE
    pub verbose: bool,
    /// BUFFERS (shown with actuals only)
    pub buffers: bool,
    /// TIMING (with actuals only)
    pub timing: bool,
    /// SUMMARY (with actuals only)
    pub summary: bool,
    /// WAL (with actuals only)
    pub wal: bool,
    /// MEMORY: what planning used and what it had allocated for it, bytes.
    pub memory: Option<(u64, u64)>,
    /// SETTINGS: (name, value) of the planner settings that differ from their defaults; empty for none.
    pub settings: Vec<(String, String)>,
}

impl Default for ExplainOptions {
    fn default() -> Self {
        ExplainOptions {
            costs: true,
            verbose: false,
            buffers: false,
            timing: true,
            summary: true,
            wal: false,
            memory: None,
            settings: Vec::new(),
        }
    }
}

/// True for a node that is disabled itself, rather than because of an input.
fn disabled_here(node: &crate::postgres::plan::PlanNode) -> bool {
    let below: u32 = node.children.iter().map(|c| c.disabled_nodes).sum();
    node.disabled_nodes > below
}
