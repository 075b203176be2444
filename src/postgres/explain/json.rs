//! EXPLAIN's JSON format.

use serde_json::{Map, Value, json};

use super::describe::{Property, heading, operation_name, properties};
use super::text::kilobytes;
use super::{Actuals, ExplainOptions, NodeActuals};
use crate::postgres::catalog::Catalog;
use crate::postgres::plan::{AggregateMode, AggregateStrategy, NodeKind, Plan, PlanNode};

/// The document of EXPLAIN (FORMAT JSON): an array with one object.
pub fn json(catalog: &Catalog, plan: &Plan, options: &ExplainOptions, actuals: Option<&Actuals>) -> Value {
    let mut out = Map::new();
    let context = Context { catalog, plan, options, actuals };
    out.insert("Plan".to_owned(), context.node(&plan.root, None, None));
    if !options.settings.is_empty() {
        let settings: Map<String, Value> =
            options.settings.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
        out.insert("Settings".to_owned(), Value::Object(settings));
    }
    if let Some((used, allocated)) = options.memory {
        let memory = json!({ "Memory Used": kilobytes(used), "Memory Allocated": kilobytes(allocated) });
        out.insert("Planning".to_owned(), memory);
    }
    if let Some(actuals) = actuals.filter(|_| options.summary) {
        out.insert("Planning Time".to_owned(), rounded(actuals.planning_ms, 3));
        let triggers: Vec<Value> = actuals
            .triggers
            .iter()
            .map(|(name, time, calls)| json!({ "Constraint Name": name, "Time": rounded(*time, 3), "Calls": calls }))
            .collect();
        out.insert("Triggers".to_owned(), Value::Array(triggers));
    }
    if let Some((time, bytes, format)) = actuals.and_then(|a| a.serialization) {
        let mut serialization = Map::new();
        if options.timing {
            serialization.insert("Time".to_owned(), rounded(time, 3));
        }
        serialization.insert("Output Volume".to_owned(), json!(kilobytes(bytes)));
        serialization.insert("Format".to_owned(), json!(format));
        out.insert("Serialization".to_owned(), Value::Object(serialization));
    }
    if let Some(actuals) = actuals.filter(|_| options.summary) {
        out.insert("Execution Time".to_owned(), rounded(actuals.execution_ms, 3));
    }
    Value::Array(vec![Value::Object(out)])
}

struct Context<'p> {
    catalog: &'p Catalog,
    plan: &'p Plan,
    options: &'p ExplainOptions,
    actuals: Option<&'p Actuals>,
}

fn rounded(value: f64, digits: i32) -> Value {
    let scale = libm::pow(10.0, f64::from(digits));
    json!(libm::rint(value * scale) / scale)
}

impl Context<'_> {
    fn node(&self, node: &PlanNode, relationship: Option<&str>, subplan: Option<String>) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| {
            out.insert(key.to_owned(), value);
        };
        put("Node Type", json!(node.name()));
        kind_words(node, &mut put);
        if let Some(relationship) = relationship {
            put("Parent Relationship", json!(relationship));
        }
        if let Some(subplan) = subplan {
            put("Subplan Name", json!(subplan));
        }
        put("Parallel Aware", json!(node.parallel_aware));
        put("Async Capable", json!(false));
        match &node.kind {
            NodeKind::IndexScan { backward, .. } => {
                put("Scan Direction", json!(if *backward { "Backward" } else { "Forward" }));
            }
            NodeKind::NestedLoop { join, .. }
            | NodeKind::HashJoin { join, .. }
            | NodeKind::MergeJoin { join, .. } => {
                put("Join Type", json!(join.name()));
            }
            _ => {}
        }
        let head = heading(self.catalog, self.plan, node);
        if let Some(index) = head.index {
            put("Index Name", json!(index));
        }
        if let NodeKind::CteScan { name, .. } = &node.kind {
            put("CTE Name", json!(name));
        }
        if let Some(relation) = head.relation {
            put("Relation Name", json!(relation));
            if let Some(schema) = head.schema.filter(|_| self.options.verbose) {
                put("Schema", json!(schema));
            }
        }
        if let Some(alias) = head.alias {
            put("Alias", json!(alias));
        }
        if self.options.costs {
            put("Startup Cost", rounded(node.startup_cost, 2));
            put("Total Cost", rounded(node.total_cost, 2));
            put("Plan Rows", json!(node.rows as u64));
            put("Plan Width", json!(node.width));
        }
        let measured = self.actuals.and_then(|a| a.nodes.get(usize::from(node.id)));
        if let Some(m) = measured {
            self.measured(m, &mut put);
        }
        put("Disabled", json!(super::disabled_here(node)));
        self.properties(node, measured, &mut put);
        let children = self.children(node);
        if !children.is_empty() {
            put("Plans", Value::Array(children));
        }
        Value::Object(out)
    }

    fn measured(&self, m: &NodeActuals, put: &mut dyn FnMut(&str, Value)) {
        if self.options.timing {
            put("Actual Startup Time", rounded(m.startup_ms, 3));
            put("Actual Total Time", rounded(m.total_ms, 3));
        }
        put("Actual Rows", rounded(m.rows, 2));
        put("Actual Loops", json!(m.loops as u64));
    }

    fn properties(&self, node: &PlanNode, measured: Option<&NodeActuals>, put: &mut dyn FnMut(&str, Value)) {
        let unique = match node.kind {
            NodeKind::NestedLoop { inner_unique, .. }
            | NodeKind::HashJoin { inner_unique, .. }
            | NodeKind::MergeJoin { inner_unique, .. } => Some(inner_unique),
            _ => None,
        };
        let list = properties(self.plan, node, self.options.verbose);
        let (output, rest): (Vec<_>, Vec<_>) = list.into_iter().partition(|(label, _)| *label == "Output");
        let value = |property: Property| match property {
            Property::Text(text) => json!(text),
            Property::List(list) => json!(list),
            Property::Bool(value) => json!(value),
        };
        for (label, property) in output {
            put(label, value(property));
        }
        if let Some(unique) = unique {
            put("Inner Unique", json!(unique));
        }
        for (label, property) in rest {
            if label == "Workers Planned"
                && let Property::Text(text) = &property
            {
                put(label, json!(text.parse::<u64>().unwrap_or(0)));
                continue;
            }
            put(label, value(property));
            if let Some(m) = measured {
                match label {
                    "Filter" => put("Rows Removed by Filter", json!(m.removed_by_filter as u64)),
                    "Join Filter" => {
                        put("Rows Removed by Join Filter", json!(m.removed_by_join_filter as u64))
                    }
                    "Recheck Cond" | "Index Cond" => {
                        put("Rows Removed by Index Recheck", json!(m.removed_by_recheck as u64));
                    }
                    _ => {}
                }
            }
        }
        match &node.kind {
            NodeKind::Gather { single_copy, .. } => put("Single Copy", json!(single_copy)),
            NodeKind::Aggregate { strategy: AggregateStrategy::Hashed, partitions, .. } => {
                put("Planned Partitions", json!(partitions));
            }
            _ => {}
        }
        if let Some(m) = measured {
            self.measured_properties(node, m, put);
        }
    }

    fn measured_properties(&self, node: &PlanNode, m: &NodeActuals, put: &mut dyn FnMut(&str, Value)) {
        match &node.kind {
            NodeKind::IndexScan { index_only, .. } => {
                if *index_only {
                    put("Heap Fetches", json!(m.heap_fetches));
                }
                put("Index Searches", json!(m.index_searches));
            }
            NodeKind::BitmapIndexScan { .. } => put("Index Searches", json!(m.index_searches)),
            NodeKind::BitmapHeapScan { .. } => {
                put("Exact Heap Blocks", json!(m.exact_blocks));
                put("Lossy Heap Blocks", json!(m.lossy_blocks));
            }
            NodeKind::Gather { .. } | NodeKind::GatherMerge { .. } => {
                put("Workers Launched", json!(m.workers_launched))
            }
            _ => {}
        }
        if let Some(sort) = m.sort {
            put("Sort Method", json!(sort.method));
            put("Sort Space Used", json!(sort.space_kb));
            put("Sort Space Type", json!(if sort.disk { "Disk" } else { "Memory" }));
        }
        if let Some((place, kb)) = m.storage {
            put("Storage", json!(place));
            put("Maximum Storage", json!(kb));
        }
        if let (Some(hash), NodeKind::Aggregate { .. }) = (m.hash, &node.kind) {
            put("HashAgg Batches", json!(hash.batches));
            put("Peak Memory Usage", json!(hash.memory_kb));
            put("Disk Usage", json!(hash.disk_kb));
        } else if let Some(hash) = m.hash {
            put("Hash Buckets", json!(hash.buckets));
            put("Original Hash Buckets", json!(hash.original_buckets));
            put("Hash Batches", json!(hash.batches));
            put("Original Hash Batches", json!(hash.original_batches));
            put("Peak Memory Usage", json!(hash.memory_kb));
        }
        if self.options.buffers {
            let b = m.buffers;
            for (key, count) in [
                ("Shared Hit Blocks", b.shared_hit),
                ("Shared Read Blocks", b.shared_read),
                ("Shared Dirtied Blocks", b.shared_dirtied),
                ("Shared Written Blocks", b.shared_written),
                ("Local Hit Blocks", 0),
                ("Local Read Blocks", 0),
                ("Local Dirtied Blocks", 0),
                ("Local Written Blocks", 0),
                ("Temp Read Blocks", b.temp_read),
                ("Temp Written Blocks", b.temp_written),
            ] {
                put(key, json!(count));
            }
        }
        if self.options.wal {
            put("WAL Records", json!(m.wal.records));
            put("WAL FPI", json!(m.wal.full_page_images));
            put("WAL Bytes", json!(m.wal.bytes));
        }
    }

    fn children(&self, node: &PlanNode) -> Vec<Value> {
        let mut out = Vec::new();
        for subplan in node.subplans.iter().filter(|p| p.init) {
            let name = match &subplan.common_table {
                Some(name) => format!("CTE {name}"),
                None => format!("InitPlan {}", subplan.number),
            };
            out.push(self.node(&subplan.plan, Some("InitPlan"), Some(name)));
        }
        for (i, child) in node.children.iter().enumerate() {
            let relationship = match node.kind {
                NodeKind::BitmapAnd
                | NodeKind::BitmapOr
                | NodeKind::Append
                | NodeKind::MergeAppend { .. } => "Member",
                NodeKind::SubqueryScan { .. } => "Subquery",
                _ if i == 1 => "Inner",
                _ => "Outer",
            };
            out.push(self.node(child, Some(relationship), None));
        }
        for subplan in node.subplans.iter().filter(|p| !p.init) {
            out.push(self.node(&subplan.plan, Some("SubPlan"), Some(format!("SubPlan {}", subplan.number))));
        }
        out
    }
}

/// The words right after the node's type.
fn kind_words(node: &PlanNode, put: &mut dyn FnMut(&str, Value)) {
    match &node.kind {
        NodeKind::Aggregate { strategy, mode, .. } => {
            let strategy = match strategy {
                AggregateStrategy::Plain => "Plain",
                AggregateStrategy::Sorted => "Sorted",
                AggregateStrategy::Hashed => "Hashed",
                AggregateStrategy::Mixed => "Mixed",
            };
            let mode = match mode {
                AggregateMode::Simple => "Simple",
                AggregateMode::Partial => "Partial",
                AggregateMode::Finalize => "Finalize",
            };
            put("Strategy", json!(strategy));
            put("Partial Mode", json!(mode));
        }
        NodeKind::SetOperation { command, hashed } => {
            put("Strategy", json!(if *hashed { "Hashed" } else { "Sorted" }));
            put("Command", json!(command));
        }
        NodeKind::ModifyTable { operation, .. } => put("Operation", json!(operation_name(*operation))),
        _ => {}
    }
}
