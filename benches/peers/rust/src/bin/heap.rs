//! The storm as one would write it in an afternoon: every event, time-outs included, in the standard library's
//! `BinaryHeap`; the database's sharing by a virtual clock, its next completion an event with a version. It counts, and
//! keeps no telemetry.

use firedrill_peers::*;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    WebWorkDone(u32),
    QueryDone(u64),
    TimeOut(u32, u32),
    Retry(u8),
}

#[derive(Clone, Copy, Default)]
struct Attempt {
    begun: u64,
    generation: u32,
    number: u8,
    calls_left: u8,
    awaited: bool,
}

#[derive(Default)]
struct Database {
    jobs: BinaryHeap<Reverse<(u64, u64, u32)>>,
    clock: f64,
    updated: u64,
    version: u64,
}

impl Database {
    fn rate(&self) -> f64 {
        (CORES / self.jobs.len() as f64).min(1.0)
    }

    fn advance(&mut self, now: u64) {
        if !self.jobs.is_empty() {
            self.clock += (now - self.updated) as f64 * self.rate();
        }
        self.updated = now;
    }

    fn next(&self) -> Option<u64> {
        let Reverse((finish, ..)) = self.jobs.peek()?;
        Some(self.updated + ((*finish as f64 - self.clock).max(0.0) / self.rate()).ceil() as u64)
    }
}

struct Storm {
    now: u64,
    sequence: u64,
    queue: BinaryHeap<Reverse<(u64, u64, Event)>>,
    attempts: Vec<Attempt>,
    free: Vec<u32>,
    busy: usize,
    backlog: VecDeque<u32>,
    connected: usize,
    waiting: VecDeque<u32>,
    database: Database,
    streams: [Stream; 4],
    tally: Tally,
}

impl Storm {
    fn schedule(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.queue.push(Reverse((at, self.sequence, event)));
    }

    fn arrive(&mut self) {
        let at = self.now + self.streams[0].exponential(interval(self.now));
        self.schedule(at, Event::Arrival);
        self.attempt(1);
    }

    fn attempt(&mut self, number: u8) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.attempts.push(Attempt::default());
            self.attempts.len() as u32 - 1
        });
        let generation = self.attempts[slot as usize].generation + 1;
        self.attempts[slot as usize] =
            Attempt { begun: self.now, generation, number, calls_left: CALLS, awaited: true };
        if self.busy < WORKERS {
            self.busy += 1;
            self.work(slot);
        } else if self.backlog.len() < BACKLOG {
            self.backlog.push_back(slot);
        } else {
            self.tally.refused += 1;
            self.free.push(slot);
            return self.retry(number);
        }
        self.schedule(self.now + PATIENCE, Event::TimeOut(slot, generation));
    }

    fn work(&mut self, slot: u32) {
        let at = self.now + self.streams[1].exponential(WEB_WORK);
        self.schedule(at, Event::WebWorkDone(slot));
    }

    fn call(&mut self, slot: u32) {
        if self.connected < CONNECTIONS {
            self.connected += 1;
            self.query(slot);
        } else {
            self.waiting.push_back(slot);
        }
    }

    fn query(&mut self, slot: u32) {
        let work = self.streams[2].exponential(QUERY_WORK);
        self.database.advance(self.now);
        self.sequence += 1;
        let finish = self.database.clock as u64 + work;
        self.database.jobs.push(Reverse((finish, self.sequence, slot)));
        self.next_completion();
    }

    fn next_completion(&mut self) {
        self.database.version += 1;
        if let Some(at) = self.database.next() {
            self.schedule(at, Event::QueryDone(self.database.version));
        }
    }

    fn query_done(&mut self) {
        self.database.advance(self.now);
        let Some(Reverse((.., slot))) = self.database.jobs.pop() else { return };
        self.next_completion();
        self.connected -= 1;
        if let Some(next) = self.waiting.pop_front() {
            self.connected += 1;
            self.query(next);
        }
        let attempt = &mut self.attempts[slot as usize];
        attempt.calls_left -= 1;
        if attempt.calls_left > 0 { self.call(slot) } else { self.respond(slot) }
    }

    fn respond(&mut self, slot: u32) {
        let attempt = &mut self.attempts[slot as usize];
        if attempt.awaited {
            self.tally.answered += 1;
            self.tally.latency_ns += self.now - attempt.begun;
        }
        attempt.awaited = false;
        self.free.push(slot);
        match self.backlog.pop_front() {
            Some(next) => self.work(next),
            None => self.busy -= 1,
        }
    }

    fn time_out(&mut self, slot: u32, generation: u32) {
        let attempt = &mut self.attempts[slot as usize];
        if attempt.generation == generation && attempt.awaited {
            attempt.awaited = false;
            let number = attempt.number;
            self.tally.given_up += 1;
            self.retry(number);
        }
    }

    fn retry(&mut self, number: u8) {
        if number < ATTEMPTS {
            let at = self.now + self.streams[3].exponential(BACKOFF);
            self.schedule(at, Event::Retry(number + 1));
        }
    }
}

fn run(seed: u64) -> Tally {
    let mut storm = Storm {
        now: 0,
        sequence: 0,
        queue: BinaryHeap::new(),
        attempts: Vec::new(),
        free: Vec::new(),
        busy: 0,
        backlog: VecDeque::new(),
        connected: 0,
        waiting: VecDeque::new(),
        database: Database::default(),
        streams: [1, 2, 3, 4].map(|stream| Stream::new(seed * 16 + stream)),
        tally: Tally::default(),
    };
    storm.schedule(0, Event::Arrival);
    while let Some(Reverse((at, _, event))) = storm.queue.pop() {
        if at > END {
            break;
        }
        storm.now = at;
        match event {
            Event::Arrival => storm.arrive(),
            Event::WebWorkDone(slot) => storm.call(slot),
            // A version that has been overtaken is no event of the model.
            Event::QueryDone(version) if version != storm.database.version => continue,
            Event::QueryDone(_) => storm.query_done(),
            Event::TimeOut(slot, generation) => storm.time_out(slot, generation),
            Event::Retry(number) => storm.attempt(number),
        }
        storm.tally.events += 1;
    }
    storm.tally
}

fn main() {
    firedrill_peers::main(run);
}
