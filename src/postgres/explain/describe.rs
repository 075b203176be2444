//! What EXPLAIN says of a node beside its costs, as a list of properties that both formats print.

use super::names::NodeNames;
use crate::postgres::catalog::Catalog;
use crate::postgres::plan::{AggregateMode, AggregateStrategy, NodeKind, Plan, PlanNode, PlanSortKey};
use crate::postgres::sql::{Command, Expr, FrameBound, FrameMode, quote_identifier};

/// A property's value.
pub(super) enum Property {
    Text(String),
    List(Vec<String>),
    Bool(bool),
}

/// The names in a node's first line.
pub(super) struct Heading {
    /// The line's start in the text format, such as `Parallel Seq Scan`.
    pub(super) text: String,
    pub(super) index: Option<String>,
    pub(super) relation: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) alias: Option<String>,
}

/// The words of a node's first line.
pub(super) fn heading(catalog: &Catalog, plan: &Plan, node: &PlanNode) -> Heading {
    let mut text = match &node.kind {
        NodeKind::Aggregate { strategy, mode, .. } => {
            let base = match strategy {
                AggregateStrategy::Plain => "Aggregate",
                AggregateStrategy::Sorted => "GroupAggregate",
                AggregateStrategy::Hashed => "HashAggregate",
                AggregateStrategy::Mixed => "MixedAggregate",
            };
            match mode {
                AggregateMode::Simple => base.to_owned(),
                AggregateMode::Partial => format!("Partial {base}"),
                AggregateMode::Finalize => format!("Finalize {base}"),
            }
        }
        NodeKind::ModifyTable { operation, .. } => operation_name(*operation).to_owned(),
        NodeKind::NestedLoop { join, .. } => joined("Nested Loop", *join),
        NodeKind::HashJoin { join, .. } => joined("Hash Join", *join),
        NodeKind::MergeJoin { join, .. } => joined("Merge Join", *join),
        NodeKind::IndexScan { backward: true, .. } => format!("{} Backward", node.name()),
        NodeKind::SetOperation { command, hashed } => {
            format!("{} {command}", if *hashed { "HashSetOp" } else { "SetOp" })
        }
        _ => node.name().to_owned(),
    };
    if node.parallel_aware {
        text.insert_str(0, "Parallel ");
    }
    let index_name = |oid| catalog.indexes.get(oid).map(|i| i.name.clone());
    let (relation, index) = match &node.kind {
        NodeKind::SeqScan { relation }
        | NodeKind::BitmapHeapScan { relation, .. }
        | NodeKind::SubqueryScan { relation }
        | NodeKind::FunctionScan { relation, .. }
        | NodeKind::ValuesScan { relation }
        | NodeKind::CteScan { relation, .. }
        | NodeKind::ModifyTable { relation, .. } => (Some(*relation), None),
        NodeKind::IndexScan { relation, index, .. } => (Some(*relation), index_name(index)),
        NodeKind::BitmapIndexScan { index, .. } => (None, index_name(index)),
        _ => (None, None),
    };
    let entry = relation.and_then(|r| plan.relations.get(usize::from(r)));
    let table = entry.and_then(|e| e.table).and_then(|oid| catalog.tables.get(&oid));
    Heading {
        text,
        index,
        relation: table.map(|t| t.name.clone()),
        schema: table.map(|t| t.schema.clone()),
        alias: entry.map(|e| e.alias.clone()),
    }
}

fn joined(base: &str, join: crate::postgres::sql::JoinKind) -> String {
    use crate::postgres::sql::JoinKind;
    let (first, last) = base.split_once(' ').unwrap_or((base, ""));
    match (join, last) {
        (JoinKind::Inner, _) => base.to_owned(),
        (_, "Loop") => format!("{base} {} Join", join.name()),
        _ => format!("{first} {} Join", join.name()),
    }
}

/// `Insert`, `Update`….
pub(super) fn operation_name(operation: Command) -> &'static str {
    match operation {
        Command::Select => "Select",
        Command::Insert => "Insert",
        Command::Update => "Update",
        Command::Delete => "Delete",
    }
}

/// Lines of the text format after the first, conditions and keys, in PostgreSQL's order. The second word is true for a condition
/// after which removed rows are counted.
pub(super) fn properties(plan: &Plan, node: &PlanNode, verbose: bool) -> Vec<(&'static str, Property)> {
    let names = NodeNames { plan, qualified: verbose || plan.relations.len() > 1, inputs: &node.children };
    let mut out = Vec::new();
    if verbose && !node.targets.is_empty() {
        let list = node.targets.iter().map(|t| names.text(&t.expr)).collect();
        out.push(("Output", Property::List(list)));
    }
    let mut condition = |label: &'static str, exprs: &[Expr]| {
        if let Some(text) = names.conjunction(exprs) {
            out.push((label, Property::Text(text)));
        }
    };
    match &node.kind {
        NodeKind::IndexScan { conditions, .. } | NodeKind::BitmapIndexScan { conditions, .. } => {
            condition("Index Cond", conditions);
        }
        NodeKind::BitmapHeapScan { recheck, .. } => condition("Recheck Cond", recheck),
        NodeKind::NestedLoop { join_filter, .. } => condition("Join Filter", join_filter),
        NodeKind::HashJoin { conditions, join_filter, .. } => {
            condition("Hash Cond", conditions);
            condition("Join Filter", join_filter);
        }
        NodeKind::MergeJoin { conditions, join_filter, .. } => {
            condition("Merge Cond", conditions);
            condition("Join Filter", join_filter);
        }
        NodeKind::Result { one_time_filter } => condition("One-Time Filter", one_time_filter),
        NodeKind::FunctionScan { call, .. } if verbose => {
            out.push(("Function Call", Property::Text(names.text(call))))
        }
        NodeKind::Sort { keys, .. } => out.push(("Sort Key", Property::List(sort_keys(&names, keys)))),
        NodeKind::IncrementalSort { keys, presorted, .. } => {
            out.push(("Sort Key", Property::List(sort_keys(&names, keys))));
            let known = keys[..*presorted].iter().map(|k| names.text(&k.expr)).collect();
            out.push(("Presorted Key", Property::List(known)));
        }
        NodeKind::MergeAppend { keys } => out.push(("Sort Key", Property::List(sort_keys(&names, keys)))),
        NodeKind::Aggregate { keys, .. } if !keys.is_empty() => {
            out.push(("Group Key", Property::List(keys.iter().map(|k| names.text(k)).collect())));
        }
        NodeKind::WindowAgg { run_condition, .. } => {
            out.push(("Window", Property::Text(window(&names, node))));
            if let Some(text) = names.conjunction(run_condition) {
                out.push(("Run Condition", Property::Text(text)));
            }
        }
        NodeKind::Memoize { keys, binary, .. } => {
            let list: Vec<String> = keys.iter().map(|k| names.text(k)).collect();
            out.push(("Cache Key", Property::Text(list.join(", "))));
            out.push(("Cache Mode", Property::Text(if *binary { "binary" } else { "logical" }.to_owned())));
        }
        NodeKind::Gather { workers, .. } | NodeKind::GatherMerge { workers } => {
            out.push(("Workers Planned", Property::Text(workers.to_string())));
        }
        _ => {}
    }
    if let Some(text) = names.conjunction(&node.filter) {
        out.push(("Filter", Property::Text(text)));
    }
    if let NodeKind::Gather { single_copy: true, .. } = node.kind {
        out.push(("Single Copy", Property::Bool(true)));
    }
    out
}

/// `show_window_def`
fn window(names: &NodeNames<'_>, node: &PlanNode) -> String {
    let NodeKind::WindowAgg { name, partition, order, frame, .. } = &node.kind else { return String::new() };
    let list = |exprs: &[Expr]| exprs.iter().map(|e| names.text(e)).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    if !partition.is_empty() {
        parts.push(format!("PARTITION BY {}", list(partition)));
    }
    if !order.is_empty() {
        parts.push(format!("ORDER BY {}", list(order)));
    }
    if frame.explicit {
        let mode = match frame.mode {
            FrameMode::Range => "RANGE",
            FrameMode::Rows => "ROWS",
            FrameMode::Groups => "GROUPS",
        };
        let bound = |bound: &FrameBound| match bound {
            FrameBound::UnboundedPreceding => "UNBOUNDED PRECEDING".to_owned(),
            FrameBound::Preceding(offset) => format!("{} PRECEDING", names.text(offset)),
            FrameBound::CurrentRow => "CURRENT ROW".to_owned(),
            FrameBound::Following(offset) => format!("{} FOLLOWING", names.text(offset)),
            FrameBound::UnboundedFollowing => "UNBOUNDED FOLLOWING".to_owned(),
        };
        let start = bound(&frame.start);
        parts.push(match frame.between {
            true => format!("{mode} BETWEEN {start} AND {}", bound(&frame.end)),
            false => format!("{mode} {start}"),
        });
    }
    format!("{} AS ({})", quote_identifier(name), parts.join(" "))
}

fn sort_keys(names: &NodeNames<'_>, keys: &[PlanSortKey]) -> Vec<String> {
    keys.iter()
        .map(|key| {
            let mut text = names.text(&key.expr);
            // A bare expression that no input computed still prints in parentheses.
            match (key.descending, key.nulls_first) {
                (true, true) => text.push_str(" DESC"),
                (true, false) => text.push_str(" DESC NULLS LAST"),
                (false, true) => text.push_str(" NULLS FIRST"),
                (false, false) => {}
            }
            text
        })
        .collect()
}

/// The relation's words after `on`.
pub(super) fn on(heading: &Heading, node: &PlanNode, verbose: bool) -> String {
    let mut out = String::new();
    if let Some(index) = &heading.index {
        let word = if matches!(node.kind, NodeKind::BitmapIndexScan { .. }) { "on" } else { "using" };
        out.push_str(&format!(" {word} {}", quote_identifier(index)));
    }
    match (&heading.relation, &heading.alias) {
        (Some(relation), alias) => {
            let schema = heading
                .schema
                .as_ref()
                .filter(|_| verbose)
                .map_or(String::new(), |s| format!("{}.", quote_identifier(s)));
            out.push_str(&format!(" on {schema}{}", quote_identifier(relation)));
            if let Some(alias) = alias.as_ref().filter(|a| *a != relation) {
                out.push_str(&format!(" {}", quote_identifier(alias)));
            }
        }
        (None, Some(alias)) => match &node.kind {
            NodeKind::CteScan { name, .. } => {
                out.push_str(&format!(" on {}", quote_identifier(name)));
                if alias != name {
                    out.push_str(&format!(" {}", quote_identifier(alias)));
                }
            }
            _ => out.push_str(&format!(" on {}", quote_identifier(alias))),
        },
        _ => {}
    }
    out
}
