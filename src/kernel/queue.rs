//! The order of events: a small heap for what is next, and a timing wheel for what comes later.
//!
//! A heap alone costs more the more is pending, and its levels are scattered over memory. Most events are far from
//! due, and until then their order among each other does not matter: they lie in the slots of a hierarchical wheel
//! (Varghese & Lauck, "Hashed and hierarchical timing wheels", 1987), where putting one in is a few writes. A slot
//! is emptied into the heap when its time has come, so the heap holds a quarter of a millisecond's events and
//! whatever was pushed for sooner. It is 4-ary and orders by (time, sequence number): two events of one instant
//! come out in the order in which they went in, as if there were no wheel.
//!
//! Events are `Copy` and live in the heap or in nodes that are used again. The few slots of the lowest level are chains of
//! nodes; the slots above hold pages that list them, so that emptying one waits for many nodes at a time to come from memory
//! and not for one after the other. After all have grown to their largest size, nothing is allocated.

use std::hint::select_unpredictable;

use super::time::SimTime;

/// Events waiting for their time.
#[derive(Clone, Debug)]
pub struct EventQueue<E: Copy> {
    /// Everything due before the wheel's first event, as a 4-ary heap.
    near: Vec<Entry<E>>,
    wheel: Wheel<E>,
    pushed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    time: SimTime,
    sequence: u64,
    event: E,
}

impl<E> Entry<E> {
    #[inline]
    fn key(&self) -> u128 {
        u128::from(self.time.0) << 64 | u128::from(self.sequence)
    }
}

const ARITY: usize = 4;
/// With fewer events pending the heap alone is quicker.
const WHEEL_FROM: usize = 48;

impl<E: Copy> Default for EventQueue<E> {
    fn default() -> Self {
        EventQueue::new()
    }
}

impl<E: Copy> EventQueue<E> {
    /// An empty queue.
    pub const fn new() -> Self {
        EventQueue { near: Vec::new(), wheel: Wheel::new(), pushed: 0 }
    }

    /// An empty queue with room for `capacity` pending events.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut queue = EventQueue::new();
        queue.near.reserve(capacity.min(WHEEL_FROM));
        queue.wheel.nodes.reserve(capacity);
        queue
    }

    /// Schedules an event.
    #[inline]
    pub fn push(&mut self, time: SimTime, event: E) {
        let entry = Entry { time, sequence: self.pushed, event };
        self.pushed += 1;
        let soonest = self.near.first().map_or(SimTime::MAX, |first| first.time);
        if self.len() < WHEEL_FROM
            || start_of(slot_of(time)) <= soonest.0
            || !self.wheel.admits(time, soonest)
        {
            self.add_near(entry);
        } else {
            self.wheel.put(entry);
            self.settle(|_| ());
        }
    }

    /// Takes the earliest event; of several at one instant, the one pushed first.
    #[inline]
    pub fn pop(&mut self) -> Option<(SimTime, E)> {
        self.pop_foreseeing(|_| ())
    }

    /// The same, and shows `foresee` the events that come within 0.27 s of the next one, of those that were pushed for later
    /// than that: many at a time, so that whoever gets ready what these will need waits for it once.
    #[inline]
    pub fn pop_foreseeing(&mut self, foresee: impl FnMut(E)) -> Option<(SimTime, E)> {
        let last = self.near.pop()?;
        let first = match self.near.first() {
            Some(&first) => {
                self.sift_down(last);
                first
            }
            None => last,
        };
        self.settle(foresee);
        Some((first.time, first.event))
    }

    /// Takes the earliest event if it is due at or before `now`.
    #[inline]
    pub fn pop_due(&mut self, now: SimTime) -> Option<(SimTime, E)> {
        if self.peek_time()? <= now { self.pop() } else { None }
    }

    /// When the earliest event is due.
    #[inline]
    pub fn peek_time(&self) -> Option<SimTime> {
        self.near.first().map(|entry| entry.time)
    }

    /// The same as an instant: [`SimTime::MAX`] when nothing is pending.
    #[inline]
    pub fn next_or_never(&self) -> SimTime {
        self.near.first().map_or(SimTime::MAX, |entry| entry.time)
    }

    /// Number of events pending.
    #[inline]
    pub fn len(&self) -> usize {
        self.near.len() + self.wheel.len
    }

    /// True when nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of events ever pushed.
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Forgets all pending events.
    pub fn clear(&mut self) {
        self.near.clear();
        self.wheel.clear();
    }

    /// Heap memory held, in bytes.
    pub fn resident_bytes(&self) -> usize {
        self.near.capacity() * size_of::<Entry<E>>() + self.wheel.resident_bytes()
    }

    /// Empties slots into the heap until its first event is due before everything in the wheel.
    #[inline]
    fn settle(&mut self, mut foresee: impl FnMut(E)) {
        while self.wheel.len > 0 && self.near.first().is_none_or(|first| self.wheel.opens <= first.time.0) {
            self.open_slot(&mut foresee);
        }
    }

    fn open_slot(&mut self, foresee: &mut impl FnMut(E)) {
        let soon = self.wheel.opens_level == 1;
        match self.wheel.turn() {
            Opened::Chain(mut node) => {
                while node != NONE {
                    let next = self.wheel.nodes[node as usize].next;
                    self.bring_near(node);
                    node = next;
                }
            }
            Opened::List(mut list) => {
                while let Some((nodes, count)) = self.wheel.take_page(&mut list) {
                    for &node in &nodes[..count] {
                        let Entry { time, event, .. } = self.wheel.nodes[node as usize].entry;
                        if soon {
                            foresee(event);
                        }
                        let slot = slot_of(time);
                        if slot <= self.wheel.cursor {
                            self.bring_near(node);
                        } else {
                            self.wheel.hang(node, slot);
                        }
                    }
                }
            }
        }
        self.wheel.find_first();
    }

    /// Moves an event from the wheel to the heap.
    #[inline(always)]
    fn bring_near(&mut self, node: u32) {
        let entry = self.wheel.release(node);
        self.add_near(entry);
    }

    #[inline]
    fn add_near(&mut self, entry: Entry<E>) {
        self.near.push(entry);
        self.sift_up(self.near.len() - 1, entry);
    }

    #[inline]
    fn sift_up(&mut self, mut hole: usize, entry: Entry<E>) {
        while hole > 0 {
            let parent = (hole - 1) / ARITY;
            if self.near[parent].key() <= entry.key() {
                break;
            }
            self.near[hole] = self.near[parent];
            hole = parent;
        }
        self.near[hole] = entry;
    }

    /// Puts `entry` into the place of the root, which has been taken.
    #[inline]
    fn sift_down(&mut self, entry: Entry<E>) {
        let mut hole = 0;
        while let Some(child) = self.earliest_child(hole) {
            if entry.key() <= self.near[child].key() {
                break;
            }
            self.near[hole] = self.near[child];
            hole = child;
        }
        self.near[hole] = entry;
    }

    /// Which of the children comes first. Four of them are compared as a tournament of selects: which one
    /// wins cannot be predicted, so branches would cost more than the comparisons.
    #[inline]
    fn earliest_child(&self, parent: usize) -> Option<usize> {
        let first = parent * ARITY + 1;
        let children = self.near.get(first..)?;
        if let [a, b, c, d, ..] = children {
            let left = select_unpredictable(b.key() < a.key(), (b.key(), 1), (a.key(), 0));
            let right = select_unpredictable(d.key() < c.key(), (d.key(), 3), (c.key(), 2));
            return Some(first + select_unpredictable(right.0 < left.0, right.1, left.1));
        }
        (first..self.near.len()).min_by_key(|&child| self.near[child].key())
    }
}

/// Nanoseconds in a slot of the lowest level, as a shift: 0.26 ms.
const GRAIN_BITS: u32 = 18;
/// Slots of a level, as a shift. One level spans 0.27 s, two 4.6 min: what is due within a few minutes is moved to another slot
/// once at most.
const LEVEL_BITS: u32 = 10;
const SLOTS: usize = 1 << LEVEL_BITS;
/// So many levels span all of time.
const LEVELS: usize = (u64::BITS - GRAIN_BITS).div_ceil(LEVEL_BITS) as usize;
const WORDS: usize = SLOTS / u64::BITS as usize;
const NONE: u32 = u32::MAX;

/// The slot of the lowest level that an instant falls into, counted from the start of time.
#[inline]
fn slot_of(time: SimTime) -> u64 {
    time.0 >> GRAIN_BITS
}

/// The first nanosecond of a slot.
#[inline]
fn start_of(slot: u64) -> u64 {
    slot << GRAIN_BITS
}

/// Events by slots, unordered within one.
///
/// An event lies on the level of the highest digit (to the base [`SLOTS`]) in which its slot differs from the
/// cursor's, so every level's slots ahead of the cursor are later than all those of the levels below it.
#[derive(Clone, Debug)]
struct Wheel<E> {
    /// Every event in here is in a later slot.
    cursor: u64,
    /// The beginning of the first slot that holds something, in nanoseconds; `u64::MAX` when there is none.
    opens: u64,
    /// That slot's level.
    opens_level: u32,
    len: usize,
    occupied: [[u64; WORDS]; LEVELS],
    /// The first node of each slot of the lowest level; empty before the first.
    heads: Vec<u32>,
    nodes: Vec<Node<E>>,
    free: u32,
    /// The list of each slot of the levels above, level by level as far as any was needed.
    later: Vec<List>,
    pages: Vec<Page>,
    free_page: u32,
}

/// Nodes of a slot above the lowest level, on pages.
#[derive(Clone, Copy, Debug)]
struct List {
    /// The page that is written on; all pages behind it are full.
    page: u32,
    /// Nodes on it.
    used: u32,
}

impl List {
    const EMPTY: List = List { page: NONE, used: PAGE_NODES as u32 };
}

/// A line of the processor's cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Page {
    nodes: [u32; PAGE_NODES],
    /// The page behind this one, or the next free one.
    next: u32,
}

/// Nodes on a page.
const PAGE_NODES: usize = 15;

/// What was in a slot.
enum Opened {
    /// A slot of the lowest level: its first node.
    Chain(u32),
    /// One of a level above: its nodes.
    List(List),
}

#[derive(Clone, Copy, Debug)]
struct Node<E> {
    entry: Entry<E>,
    next: u32,
}

impl<E: Copy> Wheel<E> {
    const fn new() -> Wheel<E> {
        Wheel {
            cursor: 0,
            opens: u64::MAX,
            opens_level: 0,
            len: 0,
            occupied: [[0; WORDS]; LEVELS],
            heads: Vec::new(),
            nodes: Vec::new(),
            free: NONE,
            later: Vec::new(),
            pages: Vec::new(),
            free_page: NONE,
        }
    }

    /// Whether an event of this time may be put in. An empty wheel is first turned to the slot of what is next.
    #[inline]
    fn admits(&mut self, time: SimTime, soonest: SimTime) -> bool {
        if self.len == 0 {
            self.cursor = slot_of(soonest);
        }
        slot_of(time) > self.cursor
    }

    #[inline]
    fn put(&mut self, entry: Entry<E>) {
        let node = self.node(entry);
        self.len += 1;
        let slot = slot_of(entry.time);
        let level = self.hang(node, slot);
        let opens = start_of(slot >> (level * LEVEL_BITS) << (level * LEVEL_BITS));
        if opens < self.opens {
            (self.opens, self.opens_level) = (opens, level);
        }
    }

    #[inline]
    fn node(&mut self, entry: Entry<E>) -> u32 {
        let node = self.free;
        if let Some(place) = self.nodes.get_mut(node as usize) {
            self.free = place.next;
            place.entry = entry;
            return node;
        }
        assert!(self.nodes.len() < NONE as usize, "more than four thousand million events pending");
        self.nodes.push(Node { entry, next: NONE });
        self.nodes.len() as u32 - 1
    }

    /// Frees a node; tells what it held.
    #[inline]
    fn release(&mut self, node: u32) -> Entry<E> {
        let Node { entry, next } = &mut self.nodes[node as usize];
        *next = std::mem::replace(&mut self.free, node);
        self.len -= 1;
        *entry
    }

    /// Hangs a node into its slot, which must be after the cursor; tells the level.
    #[inline]
    fn hang(&mut self, node: u32, slot: u64) -> u32 {
        let differs = slot ^ self.cursor;
        let level = if differs < SLOTS as u64 { 0 } else { differs.ilog2() / LEVEL_BITS };
        let index = (slot >> (level * LEVEL_BITS)) as usize % SLOTS;
        if level == 0 {
            if self.heads.is_empty() {
                self.heads.resize(SLOTS, NONE);
            }
            self.nodes[node as usize].next = std::mem::replace(&mut self.heads[index], node);
        } else {
            self.list((level as usize - 1) * SLOTS + index, node);
        }
        self.occupied[level as usize][index / 64] |= 1 << (index % 64);
        level
    }

    /// Adds a node to the list of a slot above the lowest level.
    #[inline]
    fn list(&mut self, place: usize, node: u32) {
        if place >= self.later.len() {
            self.later.resize((place / SLOTS + 1) * SLOTS, List::EMPTY);
        }
        if self.later[place].used as usize == PAGE_NODES {
            self.add_page(place);
        }
        let list = &mut self.later[place];
        self.pages[list.page as usize].nodes[list.used as usize] = node;
        list.used += 1;
    }

    /// Puts an empty page before those of a slot.
    fn add_page(&mut self, place: usize) {
        let next = self.later[place].page;
        let page = self.free_page;
        self.later[place] = if let Some(free) = self.pages.get_mut(page as usize) {
            self.free_page = free.next;
            free.next = next;
            List { page, used: 0 }
        } else {
            self.pages.push(Page { nodes: [NONE; PAGE_NODES], next });
            List { page: self.pages.len() as u32 - 1, used: 0 }
        };
    }

    /// Takes the first page off a list and frees it: its nodes and their number.
    #[inline]
    fn take_page(&mut self, list: &mut List) -> Option<([u32; PAGE_NODES], usize)> {
        let page = self.pages.get_mut(list.page as usize)?;
        let (nodes, count) = (page.nodes, list.used as usize);
        let next = std::mem::replace(&mut page.next, self.free_page);
        self.free_page = list.page;
        *list = List { page: next, ..List::EMPTY };
        Some((nodes, count))
    }

    /// Turns the cursor to the first slot that holds something, of which there must be one, and takes out what it holds.
    #[inline]
    fn turn(&mut self) -> Opened {
        let (level, slot) = (self.opens_level, self.opens >> GRAIN_BITS);
        self.cursor = slot;
        let index = (slot >> (level * LEVEL_BITS)) as usize % SLOTS;
        self.occupied[level as usize][index / 64] &= !(1 << (index % 64));
        match (level as usize).checked_sub(1) {
            None => Opened::Chain(std::mem::replace(&mut self.heads[index], NONE)),
            Some(above) => {
                Opened::List(std::mem::replace(&mut self.later[above * SLOTS + index], List::EMPTY))
            }
        }
    }

    #[inline]
    fn find_first(&mut self) {
        (self.opens, self.opens_level) =
            self.first().map_or((u64::MAX, 0), |(level, slot)| (start_of(slot), level as u32));
    }

    /// The level and the beginning of the first slot that holds something.
    #[inline]
    fn first(&self) -> Option<(usize, u64)> {
        (0..self.later.len() / SLOTS + 1).find_map(|level| {
            let shift = level as u32 * LEVEL_BITS;
            let here = (self.cursor >> shift) as usize % SLOTS;
            let index = next_set(&self.occupied[level], here)?;
            Some((level, ((self.cursor >> shift) & !(SLOTS as u64 - 1) | index as u64) << shift))
        })
    }

    fn clear(&mut self) {
        *self = Wheel::new();
    }

    fn resident_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node<E>>()
            + self.heads.capacity() * size_of::<u32>()
            + self.later.capacity() * size_of::<List>()
            + self.pages.capacity() * size_of::<Page>()
    }
}

/// The first bit that is set after bit `here`.
#[inline]
fn next_set(words: &[u64; WORDS], here: usize) -> Option<usize> {
    let word = here / 64;
    let later = words[word] & !(u64::MAX >> (63 - here % 64));
    if later != 0 {
        return Some(word * 64 + later.trailing_zeros() as usize);
    }
    let word = (word + 1..WORDS).find(|&word| words[word] != 0)?;
    Some(word * 64 + words[word].trailing_zeros() as usize)
}
