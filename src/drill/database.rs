//! The primary as a database view shows it: what backends wait for, who blocks whom, and how far index builds are.

use super::running::Drill;
use super::snapshot::{BuildLine, LockLine, WaitLine};
use crate::postgres::catalog::Oid;
use crate::postgres::locks::LockTag;
use crate::postgres::server::Server;
use crate::stack::Which;
use std::collections::BTreeMap;

/// Most backends of the lock tree.
const MAX_LOCKS: usize = 24;
/// Deepest blocker shown.
const MAX_DEPTH: u16 = 6;
/// Length of a statement's text.
const MAX_TEXT: usize = 80;

impl Drill {
    /// Active backends by what they wait for, most first; those that wait for nothing run on a processor.
    pub(super) fn waits(&self) -> Vec<WaitLine> {
        let server = self.world.database(Which::Primary);
        let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for (_, backend) in server.activity().filter(|(_, backend)| backend.is_active()) {
            let names = backend.shown_wait().map_or(("CPU", "running"), |wait| wait.names());
            *counts.entry(names).or_default() += 1;
        }
        let line = |((kind, event), backends): ((&str, &str), u32)| WaitLine {
            kind: kind.to_owned(),
            event: event.to_owned(),
            backends,
        };
        let mut waits: Vec<WaitLine> = counts.into_iter().map(line).collect();
        waits.sort_by_key(|wait| std::cmp::Reverse(wait.backends));
        waits
    }

    /// Who holds what others wait for, each followed by those that it blocks, one level deeper.
    pub(super) fn lock_tree(&self) -> Vec<LockLine> {
        let server = self.world.database(Which::Primary);
        let mut waiting: BTreeMap<u32, (LockTag, &'static str)> = BTreeMap::new();
        for entry in server.lock_entries().into_iter().filter(|entry| !entry.granted) {
            if let Some(pid) = pid(server, entry.holder) {
                waiting.insert(pid, (entry.tag, entry.mode.name()));
            }
        }
        let blocked_by: BTreeMap<u32, Vec<u32>> =
            waiting.keys().map(|pid| (*pid, server.blocking_pids(*pid))).collect();
        let mut roots: Vec<u32> = blocked_by.values().flatten().copied().collect();
        roots.retain(|pid| !waiting.contains_key(pid));
        roots.sort_unstable();
        roots.dedup();
        let mut tree = Tree { drill: self, server, waiting, blocked_by, lines: Vec::new() };
        for root in roots {
            tree.add(root, 0);
        }
        tree.lines
    }

    /// Index builds under way: `pg_stat_progress_create_index`.
    pub(super) fn builds(&self) -> Vec<BuildLine> {
        let server = self.world.database(Which::Primary);
        let line = |(slot, build): (u32, crate::postgres::server::BuildProgress)| BuildLine {
            pid: pid(server, slot).unwrap_or_default(),
            index: name_of(server, Oid(build.index)),
            table: name_of(server, Oid(build.table)),
            phase: build.phase.to_owned(),
            done: share(build.blocks).or_else(|| share(build.tuples)),
        };
        server.progress().into_iter().map(line).collect()
    }
}

/// The name of a table or index; empty before it has one.
fn name_of(server: &Server, oid: Oid) -> String {
    let catalog = server.catalog();
    let table = catalog.tables.get(&oid).map(|table| table.name.clone());
    table.or_else(|| catalog.indexes.get(&oid).map(|index| index.name.clone())).unwrap_or_default()
}

/// What is done of all, in 0..=1; none when there is nothing to do in this phase.
fn share((total, done): (u64, u64)) -> Option<f64> {
    (total > 0).then(|| (done as f64 / total as f64).clamp(0.0, 1.0))
}

fn pid(server: &Server, slot: u32) -> Option<u32> {
    server.activity().find(|(other, _)| *other == slot).map(|(_, backend)| backend.pid)
}

struct Tree<'a> {
    drill: &'a Drill,
    server: &'a Server,
    waiting: BTreeMap<u32, (LockTag, &'static str)>,
    blocked_by: BTreeMap<u32, Vec<u32>>,
    lines: Vec<LockLine>,
}

impl Tree<'_> {
    fn add(&mut self, pid: u32, depth: u16) {
        if self.lines.len() >= MAX_LOCKS || self.lines.iter().any(|line| line.pid == pid) {
            return;
        }
        let Some((_, backend)) = self.server.activity().find(|(_, backend)| backend.pid == pid) else {
            return;
        };
        let text = self.server.query_text(backend).split_whitespace().collect::<Vec<_>>().join(" ");
        let since = backend.transaction.map_or(backend.state_change, |transaction| transaction.start);
        self.lines.push(LockLine {
            depth,
            pid,
            state: backend.state.name().to_owned(),
            wants: self.waiting.get(&pid).map(|(tag, mode)| format!("{mode} on {}", self.object(*tag))),
            age: self.drill.now().since(since),
            query: text.chars().take(MAX_TEXT).collect(),
        });
        if depth >= MAX_DEPTH {
            return;
        }
        let blocked: Vec<u32> =
            self.blocked_by.iter().filter(|(_, by)| by.contains(&pid)).map(|(pid, _)| *pid).collect();
        for next in blocked {
            self.add(next, depth + 1);
        }
    }

    fn object(&self, tag: LockTag) -> String {
        match tag {
            LockTag::Relation(oid) => name_of(self.server, Oid(oid)),
            LockTag::Tuple(oid, page, row) => {
                format!("row ({page},{row}) of {}", name_of(self.server, Oid(oid)))
            }
            LockTag::Transaction(xid) => format!("transaction {xid}"),
            LockTag::VirtualTransaction(slot, number) => format!("virtual transaction {slot}/{number}"),
        }
    }
}
