//! EXPLAIN: the options as written, and for ANALYZE what each node did, in the time that the run really took.

use sqlparser::ast;

use super::Server;
use super::run::Run;
use crate::kernel::Span;
use crate::postgres::buffers::Touch;
use crate::postgres::catalog::Catalog;
use crate::postgres::error::{SqlError, SqlState};
use crate::postgres::explain::{
    self, Actuals, BufferUsage, ExplainOptions, HashActuals, Markup, NodeActuals, SortActuals, WalUsage,
};
use crate::postgres::plan::{AggregateStrategy, NodeKind, Plan, PlanNode};
use crate::postgres::settings::Settings;
use crate::postgres::work::{Work, rates};

/// An EXPLAIN as it was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Explained {
    pub(crate) statement: ast::Statement,
    pub(crate) analyze: bool,
    pub(crate) options: ExplainOptions,
    pub(crate) markup: Option<Markup>,
    /// Parameters stay unknown.
    pub(crate) generic: bool,
    settings: bool,
    memory: bool,
    /// The format that rows are turned into.
    serialize: Option<&'static str>,
}

impl Explained {
    /// Reads the options (`ParseExplainOptionList`).
    pub(crate) fn read(statement: ast::Statement) -> Result<Explained, SqlError> {
        let ast::Statement::Explain { analyze, verbose, statement, format, options, .. } = statement else {
            return Err(SqlError::unsupported(statement));
        };
        let mut read = Explained {
            statement: *statement,
            analyze,
            options: ExplainOptions { verbose, ..ExplainOptions::default() },
            markup: None,
            generic: false,
            settings: false,
            memory: false,
            serialize: None,
        };
        if let Some(format) = format {
            read.set_format(&format.to_string().to_ascii_lowercase().replace("format", ""))?;
        }
        let (mut buffers, mut summary, mut timing) = (None, None, None);
        for option in options.into_iter().flatten() {
            let name = option.name.value.to_ascii_lowercase();
            let argument = option.arg.map(|a| a.to_string().trim_matches('\'').to_ascii_lowercase());
            let on = || boolean(&name, argument.as_deref());
            match name.as_str() {
                "analyze" => read.analyze = on()?,
                "verbose" => read.options.verbose = on()?,
                "costs" => read.options.costs = on()?,
                "buffers" => buffers = Some(on()?),
                "timing" => timing = Some(on()?),
                "summary" => summary = Some(on()?),
                "wal" => read.options.wal = on()?,
                "settings" => read.settings = on()?,
                "generic_plan" => read.generic = on()?,
                "memory" => read.memory = on()?,
                "serialize" => {
                    read.serialize = match argument.as_deref() {
                        Some("off" | "none") => None,
                        None | Some("text") => Some("text"),
                        Some("binary") => Some("binary"),
                        Some(other) => {
                            let message =
                                format!("unrecognized value for EXPLAIN option \"serialize\": \"{other}\"");
                            return Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message));
                        }
                    };
                }
                "format" => read.set_format(argument.as_deref().unwrap_or("text"))?,
                other => {
                    let message = format!("unrecognized EXPLAIN option \"{other}\"");
                    return Err(SqlError::new(SqlState::SYNTAX_ERROR, message));
                }
            }
        }
        if read.generic && read.analyze {
            let message = "EXPLAIN options ANALYZE and GENERIC_PLAN cannot be used together";
            return Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message));
        }
        if timing == Some(true) && !read.analyze {
            let message = "EXPLAIN option TIMING requires ANALYZE";
            return Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message));
        }
        if read.options.wal && !read.analyze {
            let message = "EXPLAIN option WAL requires ANALYZE";
            return Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message));
        }
        if read.serialize.is_some() && !read.analyze {
            let message = "EXPLAIN option SERIALIZE requires ANALYZE";
            return Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message));
        }
        read.options.buffers = buffers.unwrap_or(read.analyze);
        read.options.summary = summary.unwrap_or(read.analyze);
        read.options.timing = timing.unwrap_or(true);
        Ok(read)
    }

    fn set_format(&mut self, name: &str) -> Result<(), SqlError> {
        self.markup = match name.trim() {
            "text" => None,
            "json" => Some(Markup::Json),
            "yaml" => Some(Markup::Yaml),
            "xml" => Some(Markup::Xml),
            other => {
                let message = format!("unrecognized value for EXPLAIN option \"format\": \"{other}\"");
                return Err(SqlError::new(SqlState::INVALID_PARAMETER_VALUE, message));
            }
        };
        Ok(())
    }
}

fn boolean(option: &str, argument: Option<&str>) -> Result<bool, SqlError> {
    match argument {
        None | Some("on" | "true" | "1") => Ok(true),
        Some("off" | "false" | "0") => Ok(false),
        Some(_) => Err(SqlError::new(SqlState::SYNTAX_ERROR, format!("{option} requires a Boolean value"))),
    }
}

impl Server {
    /// The rows of an EXPLAIN whose run, if it asked for one, is over.
    pub(super) fn explain(
        &self,
        explained: &Explained,
        plan: &Plan,
        work: &Work,
        run: &Run,
        elapsed: Span,
        settings: &Settings,
    ) -> Vec<String> {
        let mut options = explained.options.clone();
        if explained.settings {
            options.settings = settings.changed_planner_settings();
        }
        if explained.memory {
            options.memory = Some(planning_memory(&self.catalog, plan));
        }
        let mut actuals = explained.analyze.then(|| self.actuals(plan, work, run, elapsed));
        if let (Some(actuals), Some(format)) = (&mut actuals, explained.serialize) {
            actuals.serialization = Some(serialization(plan, work, format));
        }
        if let Some(markup) = explained.markup {
            // A document is one value: one row of many lines.
            let document = explain::json(&self.catalog, plan, &options, actuals.as_ref());
            return vec![explain::markup(&document, markup)];
        }
        explain::text(&self.catalog, plan, &options, actuals.as_ref())
    }

    /// Divides what the run took among the nodes: time by their share of CPU and reads, pages by what was found where.
    fn actuals(&self, plan: &Plan, work: &Work, run: &Run, elapsed: Span) -> Actuals {
        let mut pages = vec![Touch::default(); usize::from(plan.nodes).max(work.nodes.len())];
        for (place, node) in work.nodes.iter().enumerate() {
            pages[place].hit += node.sure_hits;
        }
        let accessed: f64 = work.accesses.iter().map(|a| a.pages).sum();
        let found = |pages: f64| if accessed > 0.0 { pages / accessed } else { 0.0 };
        let sure: f64 = work.sure_hits;
        let hits = (run.touched.hit - sure).max(0.0);
        for access in &work.accesses {
            let share = found(access.pages);
            let touch = Touch {
                hit: hits * share,
                copied: run.touched.copied * share,
                disk: run.touched.disk * share,
            };
            let place = usize::from(access.node).min(pages.len().saturating_sub(1));
            pages[place] = pages[place].plus(touch);
        }
        let weigh = |place: usize| {
            let cpu = work.nodes.get(place).map_or(0.0, |n| n.cpu_ns);
            let read = pages.get(place).map_or(0.0, |p| p.disk);
            cpu + read * self.config.disk_latency.0 as f64
        };
        let total: f64 = (0..work.nodes.len()).map(weigh).sum::<f64>() + rates::EXECUTOR;
        let scale = elapsed.as_millis_f64() / total.max(1.0);
        let mut teller = Teller { work, pages: &pages, weigh: &weigh, scale, nodes: Vec::new() };
        teller.nodes.resize(work.nodes.len(), NodeActuals::default());
        teller.tell(&plan.root, 1.0);
        Actuals {
            nodes: teller.nodes,
            planning_ms: rates::PLANNING * 1e-6,
            execution_ms: elapsed.as_millis_f64(),
            planning_buffers: BufferUsage::default(),
            serialization: None,
            triggers: Vec::new(),
        }
    }
}

/// Turning a query's rows into messages (`SerializeDestReceiver`): each has a header of seven bytes, and a length of four for each column.
fn serialization(plan: &Plan, work: &Work, format: &'static str) -> (f64, u64, &'static str) {
    let sends = !matches!(plan.root.kind, NodeKind::ModifyTable { .. });
    let rows = if sends { work.rows.max(0.0) } else { 0.0 };
    let columns = plan.root.targets.iter().filter(|t| !t.junk).count() as f64;
    let bytes = rows * (7.0 + 4.0 * columns + f64::from(plan.root.width));
    let ns = rows * rates::SEND_ROW + bytes * rates::SEND_BYTE;
    (ns * 1e-6, bytes as u64, format)
}

/// What planning uses of its memory context, and how large that has grown: an estimate from what there is to plan, as the planner here
/// does not allocate what PostgreSQL's does. A context grows by doubling from 8 kB (`aset.c`).
fn planning_memory(catalog: &Catalog, plan: &Plan) -> (u64, u64) {
    /// Bytes of parse tree and planner state for any query, for a relation, for one of its columns and indexes, for a plan node.
    const SIZES: [u64; 5] = [4_200, 2_100, 96, 1_250, 640];
    let [whole, relation, column, index, node] = SIZES;
    let tables = plan.relations.iter().filter_map(|r| r.table).filter_map(|oid| catalog.tables.get(&oid));
    let of_tables: u64 =
        tables.map(|t| relation + column * t.columns.len() as u64 + index * t.indexes.len() as u64).sum();
    let used = whole + of_tables + node * u64::from(plan.nodes);
    (used, used.next_power_of_two().max(8_192))
}

/// The share of a blocking node's own time that passes before its first row.
const BLOCKING_SHARE: f64 = 0.9;

struct Teller<'a> {
    work: &'a Work,
    pages: &'a [Touch],
    weigh: &'a dyn Fn(usize) -> f64,
    scale: f64,
    nodes: Vec<NodeActuals>,
}

impl Teller<'_> {
    /// Fills a node's results and those below; answers its inclusive weight, its weight before the first row, and its
    /// inclusive pages. `processes` share a parallel node's time.
    fn tell(&mut self, node: &PlanNode, processes: f64) -> (f64, f64, Touch) {
        let place = usize::from(node.id);
        let beneath = match node.kind {
            NodeKind::Gather { workers, .. } | NodeKind::GatherMerge { workers } => f64::from(workers) + 1.0,
            _ => processes,
        };
        let own = (self.weigh)(place);
        let (mut inclusive, mut first) = (own, 0.0);
        let mut touched = self.pages.get(place).copied().unwrap_or_default();
        let children = node.children.iter().chain(node.subplans.iter().map(|s| &s.plan));
        for child in children {
            let (all, start, pages) = self.tell(child, beneath);
            inclusive += all;
            first += if blocks_on(&node.kind) { all } else { start };
            touched = touched.plus(pages);
        }
        let work = self.work.nodes.get(place).copied().unwrap_or_default();
        let loops = work.loops.max(0.0).round();
        let startup =
            first + if work.blocking { own * BLOCKING_SHARE } else { own.min(rates::DESCENT * 4.0) * 0.5 };
        let per_loop = if loops > 0.0 { 1.0 / loops } else { 0.0 };
        let wall = self.scale * per_loop * if loops >= processes { 1.0 } else { 1.0 / processes };
        let total_ms = inclusive * wall;
        let actuals = NodeActuals {
            startup_ms: (startup * wall).min(total_ms),
            total_ms,
            rows: round_rows(work.rows * per_loop, loops),
            loops,
            removed_by_filter: (work.removed_by_filter * per_loop).round(),
            removed_by_join_filter: (work.removed_by_join_filter * per_loop).round(),
            removed_by_recheck: (work.removed_by_recheck * per_loop).round(),
            heap_fetches: work.heap_fetches.round() as u64,
            index_searches: work.index_searches.max(if loops > 0.0 { 1.0 } else { 0.0 }).round() as u64,
            exact_blocks: work.bitmap_pages.0.round() as u64,
            lossy_blocks: work.bitmap_pages.1.round() as u64,
            workers_launched: match node.kind {
                NodeKind::Gather { workers, .. } | NodeKind::GatherMerge { workers } => workers,
                _ => 0,
            },
            buffers: BufferUsage {
                shared_hit: touched.hit.round() as u64,
                shared_read: touched.read().round() as u64,
                temp_read: (work.spilled / 8_192.0).round() as u64,
                temp_written: (work.spilled / 8_192.0).round() as u64,
                ..BufferUsage::default()
            },
            wal: self.wal(node),
            sort: sort_actuals(node, &work),
            hash: hash_actuals(node, &work),
            memoize: memoize_actuals(node, self.work),
            storage: storage_actuals(node, &work),
        };
        if let Some(slot) = self.nodes.get_mut(place) {
            *slot = actuals;
        }
        (inclusive, startup, touched)
    }

    fn wal(&self, node: &PlanNode) -> WalUsage {
        if !matches!(node.kind, NodeKind::ModifyTable { .. }) {
            return WalUsage::default();
        }
        let mut usage = WalUsage::default();
        for change in &self.work.changes {
            let rows = change.inserted + change.updated + change.deleted;
            usage.records += (rows * (1.0 + change.index_entries)).round() as u64;
            usage.bytes += change.wal_bytes.round() as u64;
        }
        usage
    }
}

/// Whole rows for a node that ran once; PostgreSQL 18 prints two decimals for averages over loops.
fn round_rows(rows: f64, loops: f64) -> f64 {
    if loops <= 1.0 { rows.round() } else { (rows * 100.0).round() / 100.0 }
}

/// Nodes whose first row needs all of their input.
fn blocks_on(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Sort { .. } | NodeKind::Hash | NodeKind::Aggregate { .. } | NodeKind::SetOperation { .. }
    )
}

fn sort_actuals(node: &PlanNode, work: &crate::postgres::work::NodeWork) -> Option<SortActuals> {
    let limit = match &node.kind {
        NodeKind::Sort { limit, .. } => *limit,
        NodeKind::IncrementalSort { limit, .. } => *limit,
        _ => return None,
    };
    let disk = work.spilled > 0.0;
    let bytes = if disk { work.spilled } else { work.memory.max(25.0 * 1_024.0) };
    let method = if disk {
        "external merge"
    } else if limit.is_some() {
        "top-N heapsort"
    } else {
        "quicksort"
    };
    Some(SortActuals { method, space_kb: (bytes / 1_024.0).ceil() as u64, disk })
}

fn hash_actuals(node: &PlanNode, work: &crate::postgres::work::NodeWork) -> Option<HashActuals> {
    let grouped = |s: AggregateStrategy| matches!(s, AggregateStrategy::Hashed | AggregateStrategy::Mixed);
    match node.kind {
        NodeKind::Hash => {}
        NodeKind::Aggregate { strategy, .. } if grouped(strategy) => {}
        _ => return None,
    }
    let rows = work.rows.max(1.0);
    let buckets = (rows.max(1_024.0) as u64).next_power_of_two();
    let batches = if work.spilled > 0.0 { 4 } else { 1 };
    Some(HashActuals {
        buckets,
        original_buckets: buckets,
        batches,
        original_batches: batches,
        memory_kb: ((work.memory + work.spilled / batches as f64) / 1_024.0).ceil().max(9.0) as u64,
        disk_kb: (work.spilled / 1_024.0) as u64,
    })
}

fn memoize_actuals(node: &PlanNode, work: &Work) -> Option<(u64, u64, u64, u64, u64)> {
    if !matches!(node.kind, NodeKind::Memoize { .. }) {
        return None;
    }
    let calls = work.nodes.get(usize::from(node.id))?.loops;
    let misses =
        node.children.first().and_then(|c| work.nodes.get(usize::from(c.id))).map_or(0.0, |n| n.loops);
    let kb = misses * f64::from(node.width + 40) / 1_024.0;
    Some(((calls - misses).max(0.0) as u64, misses as u64, 0, 0, kb.ceil() as u64))
}

fn storage_actuals(node: &PlanNode, work: &crate::postgres::work::NodeWork) -> Option<(&'static str, u64)> {
    let keeps =
        matches!(node.kind, NodeKind::Materialize | NodeKind::CteScan { .. } | NodeKind::WindowAgg { .. });
    if !keeps {
        return None;
    }
    if work.spilled > 0.0 {
        Some(("Disk", (work.spilled / 1_024.0) as u64))
    } else {
        Some(("Memory", (work.memory / 1_024.0).ceil().max(17.0) as u64))
    }
}
