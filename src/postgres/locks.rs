//! Heavyweight locks: PostgreSQL's conflict table, first-come queues and deadlock detection.
//!
//! Only what can block is kept here. The weak table locks of ordinary statements (`ACCESS SHARE`, `ROW SHARE`, `ROW
//! EXCLUSIVE`) are implicit in what each backend runs, exactly as PostgreSQL's fast path keeps them out of the shared
//! table, and are handed over (`LockManager::hold`) when someone asks for a strong lock on the same relation. So a
//! server without DDL pays nothing for locking.
//!
//! Formulas: `src/backend/storage/lmgr/lock.c` (`LockConflicts`, `LockCheckConflicts`), `proc.c` (`JoinWaitQueue`,
//! `ProcLockWakeup`), `deadlock.c` (`FindLockCycle`). The queue is not reordered to dissolve soft deadlocks.

use std::collections::VecDeque;

use crate::kernel::SimTime;

/// The eight modes of a table lock, weakest first, as in `lockdefs.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// `SELECT`.
    AccessShare,
    /// `SELECT … FOR UPDATE/SHARE`.
    RowShare,
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE`.
    RowExclusive,
    /// `VACUUM`, `ANALYZE`, `CREATE INDEX CONCURRENTLY`, `REINDEX CONCURRENTLY`.
    ShareUpdateExclusive,
    /// `CREATE INDEX`.
    Share,
    /// `CREATE TRIGGER`, some `ALTER TABLE`.
    ShareRowExclusive,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// `DROP`, `TRUNCATE`, `REINDEX`, most `ALTER TABLE`.
    AccessExclusive,
}

impl LockMode {
    /// Every mode, weakest first.
    pub const ALL: [LockMode; 8] = [
        LockMode::AccessShare,
        LockMode::RowShare,
        LockMode::RowExclusive,
        LockMode::ShareUpdateExclusive,
        LockMode::Share,
        LockMode::ShareRowExclusive,
        LockMode::Exclusive,
        LockMode::AccessExclusive,
    ];

    /// The name that `pg_locks.mode` shows.
    pub fn name(self) -> &'static str {
        match self {
            LockMode::AccessShare => "AccessShareLock",
            LockMode::RowShare => "RowShareLock",
            LockMode::RowExclusive => "RowExclusiveLock",
            LockMode::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            LockMode::Share => "ShareLock",
            LockMode::ShareRowExclusive => "ShareRowExclusiveLock",
            LockMode::Exclusive => "ExclusiveLock",
            LockMode::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// The words of `LOCK TABLE … IN … MODE`.
    pub fn sql(self) -> &'static str {
        match self {
            LockMode::AccessShare => "ACCESS SHARE",
            LockMode::RowShare => "ROW SHARE",
            LockMode::RowExclusive => "ROW EXCLUSIVE",
            LockMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockMode::Share => "SHARE",
            LockMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockMode::Exclusive => "EXCLUSIVE",
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Whether two sessions cannot hold these modes on one object at once (`LockConflicts` in `lock.c`).
    pub fn conflicts_with(self, other: LockMode) -> bool {
        CONFLICTS[self as usize] & (1 << other as u8) != 0
    }

    /// Whether PostgreSQL may keep this mode in a backend's own fast-path slots.
    pub fn is_weak(self) -> bool {
        self <= LockMode::RowExclusive
    }

    /// Whether granting this mode must first look for weak holders: it conflicts with at least one weak mode.
    pub fn is_strong(self) -> bool {
        self >= LockMode::Share
    }
}

/// One row a mode: bit `n` is set when it conflicts with the mode of ordinal `n`.
const CONFLICTS: [u8; 8] =
    [0b1000_0000, 0b1100_0000, 0b1111_0000, 0b1111_1000, 0b1110_1100, 0b1111_1100, 0b1111_1110, 0b1111_1111];

/// What is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockTag {
    /// A table or an index, by oid.
    Relation(u32),
    /// A row, by its table's oid, page and place on the page: the first in line for a row holds this while it waits.
    Tuple(u32, u32, u16),
    /// A transaction's end, by transaction id: who waits for a row waits for this.
    Transaction(u64),
    /// A snapshot's end, by the holder's slot and its transaction's number: what `CONCURRENTLY` waits for.
    VirtualTransaction(u32, u64),
}

/// A session in the lock table: the slot of its backend.
pub type Holder = u32;

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// The lock is held now.
    Granted,
    /// The holder stands in the queue.
    Waiting,
}

/// One row of `pg_locks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockEntry {
    /// The object.
    pub tag: LockTag,
    /// The session.
    pub holder: Holder,
    /// The mode held or awaited.
    pub mode: LockMode,
    /// Held, or waiting.
    pub granted: bool,
    /// Held in the session's own slots, as a weak lock is while nobody has or awaits a strong one on the object.
    pub fast_path: bool,
    /// Since when it waits; `None` when granted.
    pub wait_start: Option<SimTime>,
}

#[derive(Clone, Debug)]
struct Lockable {
    tag: LockTag,
    granted: Vec<(Holder, LockMode)>,
    queue: VecDeque<Waiter>,
}

#[derive(Debug, Clone, Copy)]
struct Waiter {
    holder: Holder,
    mode: LockMode,
    since: SimTime,
}

/// The shared lock table. Its length is bounded by what backends hold: a handful of relations under DDL.
#[derive(Clone, Debug, Default)]
pub struct LockManager {
    objects: Vec<Lockable>,
    /// Raised when an object may have become strong, or has ceased to be.
    version: u64,
}

impl LockManager {
    /// Whether nothing at all is held or awaited here: weak locks need no look-up then.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether anybody holds or awaits a lock on `tag`.
    pub fn has(&self, tag: LockTag) -> bool {
        self.objects.iter().any(|o| o.tag == tag)
    }

    /// Whether somebody holds or awaits a lock on `tag` that a weak lock may have to queue behind: a strong one. All others
    /// leave weak locks where they are, out of the table.
    pub fn concerns(&self, tag: LockTag) -> bool {
        self.objects.iter().any(|o| o.tag == tag && o.is_strong())
    }

    /// Changes whenever [`Self::concerns`] may answer something else than before.
    #[inline]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Asks for a lock. A holder may ask again for what it has: it is granted at once.
    pub fn request(&mut self, now: SimTime, holder: Holder, tag: LockTag, mode: LockMode) -> Grant {
        self.version += u64::from(mode.is_strong());
        let object = self.object(tag);
        if object.holds(holder, mode) {
            return Grant::Granted;
        }
        let position = object.queue_position(holder);
        let ahead_conflicts = object.queue.iter().take(position).any(|w| w.mode.conflicts_with(mode));
        if !ahead_conflicts && !object.blocked_by_holders(holder, mode) {
            object.granted.push((holder, mode));
            return Grant::Granted;
        }
        object.queue.insert(position, Waiter { holder, mode, since: now });
        Grant::Waiting
    }

    /// Records a lock that is already held: a fast-path lock handed over before a strong request is judged.
    pub fn hold(&mut self, holder: Holder, tag: LockTag, mode: LockMode) {
        self.version += u64::from(mode.is_strong());
        let object = self.object(tag);
        if !object.granted.contains(&(holder, mode)) {
            object.granted.push((holder, mode));
        }
    }

    /// Drops one lock, or its place in the queue; who is granted next is appended to `woken`.
    pub fn release(&mut self, holder: Holder, tag: LockTag, mode: LockMode, woken: &mut Vec<Holder>) {
        self.version += u64::from(mode.is_strong());
        if let Some(object) = self.objects.iter_mut().find(|o| o.tag == tag) {
            object.granted.retain(|g| *g != (holder, mode));
            object.queue.retain(|w| w.holder != holder || w.mode != mode);
            object.wake(woken);
        }
        self.forget_unused();
    }

    /// Drops all that `holder` has or awaits; who is granted next is appended to `woken`.
    pub fn release_all(&mut self, holder: Holder, woken: &mut Vec<Holder>) {
        for object in &mut self.objects {
            let before = object.granted.len() + object.queue.len();
            let strong = object.is_strong();
            object.granted.retain(|g| g.0 != holder);
            object.queue.retain(|w| w.holder != holder);
            if object.granted.len() + object.queue.len() != before {
                object.wake(woken);
                self.version += u64::from(strong && !object.is_strong());
            }
        }
        self.forget_unused();
    }

    /// The lock that `holder` waits for: object, mode, since when.
    pub fn waiting_for(&self, holder: Holder) -> Option<(LockTag, LockMode, SimTime)> {
        self.objects
            .iter()
            .find_map(|o| o.queue.iter().find(|w| w.holder == holder).map(|w| (o.tag, w.mode, w.since)))
    }

    /// Who holds `tag` in whatever mode, and who waits for it, in order.
    pub fn holders_and_queue(&self, tag: LockTag) -> (Vec<Holder>, Vec<Holder>) {
        let Some(object) = self.objects.iter().find(|o| o.tag == tag) else { return Default::default() };
        let mut holders: Vec<Holder> = object.granted.iter().map(|g| g.0).collect();
        holders.dedup();
        (holders, object.queue.iter().map(|w| w.holder).collect())
    }

    /// Who `holder` waits for: conflicting holders and conflicting waiters ahead of it (`pg_blocking_pids`).
    pub fn blockers(&self, holder: Holder) -> Vec<Holder> {
        let mut blockers = Vec::new();
        for object in &self.objects {
            let Some(position) = object.queue.iter().position(|w| w.holder == holder) else { continue };
            let mode = object.queue[position].mode;
            let held =
                object.granted.iter().filter(|g| g.0 != holder && g.1.conflicts_with(mode)).map(|g| g.0);
            let ahead =
                object.queue.iter().take(position).filter(|w| w.mode.conflicts_with(mode)).map(|w| w.holder);
            for blocker in held.chain(ahead) {
                if !blockers.contains(&blocker) {
                    blockers.push(blocker);
                }
            }
        }
        blockers
    }

    /// The cycle of waits that `holder` stands in, beginning with itself, when there is one.
    pub fn deadlock(&self, holder: Holder) -> Option<Vec<Holder>> {
        let mut path = vec![holder];
        let mut visited = vec![holder];
        self.find_cycle(holder, &mut path, &mut visited).then_some(path)
    }

    /// Every lock held and awaited, in the order in which the objects came.
    pub fn entries(&self) -> impl Iterator<Item = LockEntry> + '_ {
        self.objects.iter().flat_map(|o| {
            let held = o.granted.iter().map(|&(holder, mode)| LockEntry {
                tag: o.tag,
                holder,
                mode,
                granted: true,
                fast_path: mode.is_weak() && matches!(o.tag, LockTag::Relation(_)) && !o.is_strong(),
                wait_start: None,
            });
            let waiting = o.queue.iter().map(|w| LockEntry {
                tag: o.tag,
                holder: w.holder,
                mode: w.mode,
                granted: false,
                fast_path: false,
                wait_start: Some(w.since),
            });
            held.chain(waiting)
        })
    }

    fn object(&mut self, tag: LockTag) -> &mut Lockable {
        let at = match self.objects.iter().position(|o| o.tag == tag) {
            Some(at) => at,
            None => {
                self.objects.push(Lockable { tag, granted: Vec::new(), queue: VecDeque::new() });
                self.objects.len() - 1
            }
        };
        &mut self.objects[at]
    }

    fn forget_unused(&mut self) {
        self.objects.retain(|o| !o.granted.is_empty() || !o.queue.is_empty());
    }

    fn find_cycle(&self, at: Holder, path: &mut Vec<Holder>, visited: &mut Vec<Holder>) -> bool {
        for next in self.blockers(at) {
            if next == path[0] {
                return true;
            }
            if visited.contains(&next) {
                continue;
            }
            visited.push(next);
            path.push(next);
            if self.find_cycle(next, path, visited) {
                return true;
            }
            path.pop();
        }
        false
    }
}

impl Lockable {
    fn is_strong(&self) -> bool {
        self.granted.iter().any(|g| g.1.is_strong()) || self.queue.iter().any(|w| w.mode.is_strong())
    }

    fn holds(&self, holder: Holder, mode: LockMode) -> bool {
        self.granted.contains(&(holder, mode))
    }

    fn blocked_by_holders(&self, holder: Holder, mode: LockMode) -> bool {
        self.granted.iter().any(|g| g.0 != holder && g.1.conflicts_with(mode))
    }

    /// The end of the queue; or before the first waiter who waits for what `holder` already has (`JoinWaitQueue`).
    fn queue_position(&self, holder: Holder) -> usize {
        let holds_against =
            |w: &Waiter| self.granted.iter().any(|g| g.0 == holder && g.1.conflicts_with(w.mode));
        self.queue.iter().position(holds_against).unwrap_or(self.queue.len())
    }

    /// Grants from the front of the queue; nobody overtakes a conflicting waiter (`ProcLockWakeup`).
    fn wake(&mut self, woken: &mut Vec<Holder>) {
        let mut ahead: u8 = 0;
        let mut at = 0;
        while at < self.queue.len() {
            let Waiter { holder, mode, .. } = self.queue[at];
            if CONFLICTS[mode as usize] & ahead == 0 && !self.blocked_by_holders(holder, mode) {
                self.queue.remove(at);
                self.granted.push((holder, mode));
                woken.push(holder);
            } else {
                ahead |= 1 << mode as u8;
                at += 1;
            }
        }
    }
}
