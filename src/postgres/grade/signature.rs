//! A plan's shape in one line: node types, indexes and tables.

use crate::postgres::catalog::{Catalog, Oid};
use crate::postgres::plan::{NodeKind, Plan, PlanNode};
use crate::postgres::sql::{JoinKind, RelId};

/// Node types from the root down, with the index or table that each scans, `<-` on backward scans and the kind of outer joins.
pub fn signature(catalog: &Catalog, plan: &Plan) -> String {
    node(catalog, plan, &plan.root)
}

fn node(catalog: &Catalog, plan: &Plan, node_: &PlanNode) -> String {
    let parallel = if node_.parallel_aware { "Parallel " } else { "" };
    let mut out = format!("{parallel}{}", node_.name());
    let index = |oid: &Oid| catalog.indexes.get(oid).map_or("?", |i| i.name.as_str()).to_owned();
    let table = |relation: RelId| {
        let entry = plan.relations.get(usize::from(relation));
        let table = entry.and_then(|r| r.table).and_then(|oid| catalog.tables.get(&oid));
        table.map_or_else(String::new, |t| t.name.clone())
    };
    match &node_.kind {
        NodeKind::SeqScan { relation } | NodeKind::BitmapHeapScan { relation, .. } => {
            out.push_str(&format!("[{}]", table(*relation)));
        }
        NodeKind::IndexScan { index: oid, backward, .. } => {
            out.push_str(&format!("[{}]{}", index(oid), if *backward { "<-" } else { "" }));
        }
        NodeKind::BitmapIndexScan { index: oid, .. } => out.push_str(&format!("[{}]", index(oid))),
        NodeKind::NestedLoop { join, .. }
        | NodeKind::HashJoin { join, .. }
        | NodeKind::MergeJoin { join, .. }
            if *join != JoinKind::Inner =>
        {
            out.push_str(&format!(" {}", join.name()));
        }
        _ => {}
    }
    let below = node_
        .subplans
        .iter()
        .filter(|p| p.init)
        .map(|p| &p.plan)
        .chain(&node_.children)
        .chain(node_.subplans.iter().filter(|p| !p.init).map(|p| &p.plan));
    let children: Vec<String> = below.map(|c| node(catalog, plan, c)).collect();
    if !children.is_empty() {
        out.push_str(&format!("({})", children.join(", ")));
    }
    out
}
