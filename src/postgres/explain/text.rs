//! EXPLAIN's text format.

use super::describe::{Property, heading, on, properties};
use super::{Actuals, BufferUsage, ExplainOptions, NodeActuals};
use crate::postgres::catalog::Catalog;
use crate::postgres::plan::{NodeKind, Plan, PlanNode};

/// The lines of EXPLAIN.
pub fn text(
    catalog: &Catalog,
    plan: &Plan,
    options: &ExplainOptions,
    actuals: Option<&Actuals>,
) -> Vec<String> {
    let mut printer = Printer { catalog, plan, options, actuals, lines: Vec::new() };
    printer.node(&plan.root, 0, None);
    if !options.settings.is_empty() {
        let list: Vec<String> = options.settings.iter().map(|(n, v)| format!("{n} = '{v}'")).collect();
        printer.lines.push(format!("Settings: {}", list.join(", ")));
    }
    printer.planning(actuals);
    if let Some(actuals) = actuals {
        printer.summary(actuals);
    }
    printer.lines
}

struct Printer<'p> {
    catalog: &'p Catalog,
    plan: &'p Plan,
    options: &'p ExplainOptions,
    actuals: Option<&'p Actuals>,
    lines: Vec<String>,
}

impl Printer<'_> {
    /// One node and everything below it; `indent` is the depth in steps of six columns as PostgreSQL counts it.
    fn node(&mut self, node: &PlanNode, indent: usize, title: Option<&str>) {
        let mut indent = indent;
        if let Some(title) = title {
            self.lines.push(format!("{}{title}", " ".repeat(indent * 2)));
            indent += 1;
        }
        let prefix = if indent > 0 { format!("{}->  ", " ".repeat(indent * 2)) } else { String::new() };
        let inner = if indent > 0 { indent + 2 } else { 0 };
        let detail = " ".repeat((inner + 1) * 2);
        let head = heading(self.catalog, self.plan, node);
        let mut line = format!("{prefix}{}{}", head.text, on(&head, node, self.options.verbose));
        let measured = self.actuals.and_then(|a| a.nodes.get(usize::from(node.id)));
        if self.options.costs {
            line.push_str(&format!(
                "  (cost={:.2}..{:.2} rows={:.0} width={})",
                node.startup_cost, node.total_cost, node.rows, node.width
            ));
        }
        if self.actuals.is_some() {
            line.push_str(&self.measured(measured));
        }
        self.lines.push(line);
        if self.disabled_here(node) {
            self.lines.push(format!("{detail}Disabled: true"));
        }
        for (label, property) in properties(self.plan, node, self.options.verbose) {
            let text = match property {
                Property::Text(text) => text,
                Property::List(list) => list.join(", "),
                Property::Bool(value) => value.to_string(),
            };
            self.lines.push(format!("{detail}{label}: {text}"));
            if let Some(measured) = measured {
                self.removed(label, measured, &detail);
            }
        }
        if let Some(measured) = measured.filter(|m| m.loops > 0.0) {
            self.measured_lines(node, measured, &detail);
        }
        let below = if indent > 0 { indent + 3 } else { 1 };
        for subplan in node.subplans.iter().filter(|p| p.init) {
            let title = match &subplan.common_table {
                Some(name) => format!("CTE {name}"),
                None => format!("InitPlan {}", subplan.number),
            };
            self.node(&subplan.plan, below, Some(&title));
        }
        for child in &node.children {
            self.node(child, below, None);
        }
        for subplan in node.subplans.iter().filter(|p| !p.init) {
            self.node(&subplan.plan, below, Some(&format!("SubPlan {}", subplan.number)));
        }
    }

    /// A node is disabled itself where its count exceeds its inputs'.
    fn disabled_here(&self, node: &PlanNode) -> bool {
        super::disabled_here(node)
    }

    fn measured(&self, measured: Option<&NodeActuals>) -> String {
        match measured {
            Some(m) if m.loops > 0.0 => {
                let time = if self.options.timing {
                    format!("time={:.3}..{:.3} ", m.startup_ms, m.total_ms)
                } else {
                    String::new()
                };
                format!(" (actual {time}rows={:.2} loops={:.0})", m.rows, m.loops)
            }
            _ => " (never executed)".to_owned(),
        }
    }

    fn removed(&mut self, label: &str, m: &NodeActuals, detail: &str) {
        let (what, count) = match label {
            "Filter" => ("Rows Removed by Filter", m.removed_by_filter),
            "Join Filter" => ("Rows Removed by Join Filter", m.removed_by_join_filter),
            "Recheck Cond" => ("Rows Removed by Index Recheck", m.removed_by_recheck),
            _ => return,
        };
        if count > 0.0 {
            self.lines.push(format!("{detail}{what}: {count:.0}"));
        }
    }

    fn measured_lines(&mut self, node: &PlanNode, m: &NodeActuals, detail: &str) {
        let mut line = |text: String| self.lines.push(format!("{detail}{text}"));
        match &node.kind {
            NodeKind::IndexScan { index_only, .. } => {
                if *index_only {
                    line(format!("Heap Fetches: {}", m.heap_fetches));
                }
                line(format!("Index Searches: {}", m.index_searches));
            }
            NodeKind::BitmapIndexScan { .. } => line(format!("Index Searches: {}", m.index_searches)),
            NodeKind::BitmapHeapScan { .. } => {
                let exact = if m.exact_blocks > 0 {
                    format!(" exact={}", m.exact_blocks)
                } else {
                    Default::default()
                };
                let lossy = if m.lossy_blocks > 0 {
                    format!(" lossy={}", m.lossy_blocks)
                } else {
                    Default::default()
                };
                if !(exact.is_empty() && lossy.is_empty()) {
                    line(format!("Heap Blocks:{exact}{lossy}"));
                }
            }
            NodeKind::Gather { .. } | NodeKind::GatherMerge { .. } => {
                line(format!("Workers Launched: {}", m.workers_launched))
            }
            _ => {}
        }
        if let Some(sort) = m.sort {
            let place = if sort.disk { "Disk" } else { "Memory" };
            line(format!("Sort Method: {}  {place}: {}kB", sort.method, sort.space_kb));
        }
        if let Some(hash) = m.hash {
            if matches!(node.kind, NodeKind::Hash) {
                let originally = |now: u64, before: u64| {
                    if now == before { now.to_string() } else { format!("{now} (originally {before})") }
                };
                line(format!(
                    "Buckets: {}  Batches: {}  Memory Usage: {}kB",
                    originally(hash.buckets, hash.original_buckets),
                    originally(hash.batches, hash.original_batches),
                    hash.memory_kb
                ));
            } else {
                let disk = if hash.disk_kb > 0 {
                    format!("  Disk Usage: {}kB", hash.disk_kb)
                } else {
                    String::new()
                };
                line(format!("Batches: {}  Memory Usage: {}kB{disk}", hash.batches, hash.memory_kb));
            }
        }
        if let Some((hits, misses, evictions, overflows, memory)) = m.memoize {
            line(format!(
                "Hits: {hits}  Misses: {misses}  Evictions: {evictions}  Overflows: {overflows}  Memory Usage: {memory}kB"
            ));
        }
        if let Some((place, kb)) = m.storage {
            line(format!("Storage: {place}  Maximum Storage: {kb}kB"));
        }
        if self.options.buffers {
            for text in buffers(m.buffers) {
                self.lines.push(format!("{detail}{text}"));
            }
        }
        if self.options.wal && m.wal.records > 0 {
            let images = if m.wal.full_page_images > 0 {
                format!(" fpi={}", m.wal.full_page_images)
            } else {
                String::new()
            };
            self.lines.push(format!("{detail}WAL: records={}{images} bytes={}", m.wal.records, m.wal.bytes));
        }
    }

    /// What planning touched and used (`show_memory_counters`).
    fn planning(&mut self, actuals: Option<&Actuals>) {
        let touched = actuals.filter(|_| self.options.buffers).map(|a| a.planning_buffers);
        let mut lines = touched.map_or_else(Vec::new, buffers);
        if let Some((used, allocated)) = self.options.memory {
            lines.push(format!("Memory: used={}kB  allocated={}kB", kilobytes(used), kilobytes(allocated)));
        }
        if !lines.is_empty() {
            self.lines.push("Planning:".to_owned());
            self.lines.extend(lines.into_iter().map(|l| format!("  {l}")));
        }
    }

    fn summary(&mut self, actuals: &Actuals) {
        if self.options.summary {
            self.lines.push(format!("Planning Time: {:.3} ms", actuals.planning_ms));
        }
        for (name, time, calls) in actuals.triggers.iter().filter(|_| self.options.summary) {
            self.lines.push(format!("Trigger for constraint {name}: time={time:.3} calls={calls}"));
        }
        if let Some((time, bytes, format)) = actuals.serialization {
            let time = if self.options.timing { format!("time={time:.3} ms  ") } else { String::new() };
            self.lines.push(format!("Serialization: {time}output={}kB  format={format}", kilobytes(bytes)));
        }
        if self.options.summary {
            self.lines.push(format!("Execution Time: {:.3} ms", actuals.execution_ms));
        }
    }
}

/// `BYTES_TO_KILOBYTES`
pub(super) fn kilobytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_024)
}

/// The `Buffers:` line; nothing where nothing was touched.
fn buffers(usage: BufferUsage) -> Vec<String> {
    let group = |name: &str, counts: &[(&str, u64)]| {
        let parts: Vec<String> =
            counts.iter().filter(|(_, n)| *n > 0).map(|(w, n)| format!("{w}={n}")).collect();
        (!parts.is_empty()).then(|| format!("{name} {}", parts.join(" ")))
    };
    let shared = group(
        "shared",
        &[
            ("hit", usage.shared_hit),
            ("read", usage.shared_read),
            ("dirtied", usage.shared_dirtied),
            ("written", usage.shared_written),
        ],
    );
    let temp = group("temp", &[("read", usage.temp_read), ("written", usage.temp_written)]);
    let parts: Vec<String> = [shared, temp].into_iter().flatten().collect();
    if parts.is_empty() { Vec::new() } else { vec![format!("Buffers: {}", parts.join(", "))] }
}
