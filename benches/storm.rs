//! What an event costs: a three-tier retry storm built from the kernel's own parts, telemetry on.
//!
//! 64 web workers (exponential 4 ms of work, backlog 5,000) make 4 sequential calls through 40 connections to
//! an 8-core processor-sharing database (exponential 1.5 ms). Clients give up after 2 s, which the servers do
//! not notice, and try again up to 3 times after an exponential 100 ms. Poisson arrivals at 0.7 of the
//! database's capacity for 40 s, 1.2 for 20 s, 0.7 for 60 s. `cargo bench --bench storm` prints the
//! processor time of an event for each of five seeds, and the run's digest, which no optimisation may change.

use std::hint::black_box;
use std::process::ExitCode;

use firedrill::kernel::{
    Admission, Digest, EventQueue, Exponentials, SharedProcessor, SimTime, Span, Station, Stream, TimeoutRing,
};
use firedrill::telemetry::{ActiveTrace, MetricId, NameId, SpanIndex, SpanKind, Telemetry, TraceOutcome};

#[path = "clock/mod.rs"]
mod clock;

const WORKERS: u32 = 64;
const BACKLOG: usize = 5_000;
const CONNECTIONS: u32 = 40;
const CORES: f64 = 8.0;
const CALLS: u8 = 4;
const ATTEMPTS: u8 = 4;
const WEB_WORK: Span = Span::from_millis(4);
const QUERY_WORK: Span = Span::from_micros(1_500);
const PATIENCE: Span = Span::from_secs(2);
const BACKOFF: Span = Span::from_millis(100);
/// Until which second, and at which share of the database's capacity.
const PHASES: [(u64, f64); 3] = [(40, 0.7), (60, 1.2), (120, 0.7)];

/// One attempt of a client, with its place in the servers.
#[derive(Clone, Copy)]
struct Attempt {
    begun: SimTime,
    generation: u32,
    number: u8,
    calls_left: u8,
    /// The client is still there.
    awaited: bool,
    trace: ActiveTrace,
}

#[derive(Clone, Copy)]
enum Event {
    WebWorkDone(u32),
    Retry(u8),
}

struct Storm {
    now: SimTime,
    events: u64,
    digest: Digest,
    attempts: Vec<Attempt>,
    free: Vec<u32>,
    queue: EventQueue<Event>,
    timeouts: TimeoutRing<(u32, u32)>,
    web: Station<(u32, ActiveTrace)>,
    pool: Station<u32>,
    database: SharedProcessor,
    next_arrival: SimTime,
    /// The end of each phase, and the mean time between its arrivals.
    phases: [(SimTime, Span); PHASES.len()],
    phase: usize,
    arrivals: Exponentials,
    web_work: Exponentials,
    query_work: Exponentials,
    backoff: Exponentials,
    telemetry: Telemetry,
    metrics: Ids,
    names: [NameId; 3],
}

/// Bits of a key that hold the source.
const PLACE_BITS: u32 = 3;

fn key(at: SimTime, source: u64) -> u64 {
    at.0 << PLACE_BITS | source
}

struct Ids {
    requests: MetricId,
    timeouts: MetricId,
    refused: MetricId,
    latency: MetricId,
    waiting: MetricId,
}

/// Mean time between arrivals at this share of the database's capacity.
fn between_arrivals(load: f64) -> Span {
    Span::from_secs_f64(f64::from(CALLS) * QUERY_WORK.as_secs_f64() / CORES / load)
}

impl Storm {
    fn new(seed: u64) -> Storm {
        let mut telemetry = Telemetry::new();
        let metrics = &mut telemetry.metrics;
        let metrics = Ids {
            requests: metrics.counter("requests_total", "Requests answered.", &[]),
            timeouts: metrics.counter("timeouts_total", "Requests given up.", &[]),
            refused: metrics.counter("refused_total", "Requests refused.", &[]),
            latency: metrics.histogram("request_duration_seconds", "Latency.", &[]),
            waiting: metrics.gauge("pool_waiting", "Waiting for a connection.", &[]),
        };
        let names = ["GET /", "work", "SELECT"].map(|name| telemetry.traces.name(name));
        Storm {
            now: SimTime::ZERO,
            events: 0,
            digest: Digest::new(),
            attempts: Vec::new(),
            free: Vec::new(),
            queue: EventQueue::new(),
            timeouts: TimeoutRing::new(),
            web: Station::new(WORKERS, BACKLOG),
            pool: Station::new(CONNECTIONS, WORKERS as usize),
            database: SharedProcessor::new(CORES),
            next_arrival: SimTime::ZERO,
            phases: PHASES.map(|(until, load)| (SimTime::from_secs(until), between_arrivals(load))),
            phase: 0,
            arrivals: Exponentials::of(Stream::named(seed, "arrivals")),
            web_work: Exponentials::of(Stream::named(seed, "web")),
            query_work: Exponentials::of(Stream::named(seed, "queries")),
            backoff: Exponentials::of(Stream::named(seed, "backoff")),
            telemetry,
            metrics,
            names,
        }
    }

    fn run(&mut self) {
        let end = SimTime::from_secs(PHASES[PHASES.len() - 1].0);
        loop {
            // Which source is next cannot be predicted: keys of instant and place make it a minimum without branches.
            let sources = [
                key(self.next_arrival, 0),
                key(self.database.next_or_never(), 1),
                key(self.queue.next_or_never(), 2),
                key(self.timeouts.next_or_never(), 3),
                key(self.telemetry.metrics.next_scrape(), 4),
            ];
            let first = sources.into_iter().fold(u64::MAX, u64::min);
            let first = (SimTime(first >> PLACE_BITS), first as usize % (1 << PLACE_BITS));
            if first.0 > end {
                return;
            }
            self.now = first.0;
            self.step(first.1);
        }
    }

    fn step(&mut self, source: usize) {
        self.events += 1;
        self.digest.write_u64(self.now.0 ^ (source as u64) << 60);
        match source {
            0 => self.client_arrives(),
            1 => self.query_done(),
            2 => match self.queue.pop() {
                Some((_, Event::WebWorkDone(attempt))) => self.call(attempt),
                Some((_, Event::Retry(number))) => self.attempt(number),
                None => {}
            },
            3 => self.client_gives_up(),
            _ => {
                self.telemetry.metrics.set(self.metrics.waiting, self.pool.waiting() as f64);
                self.telemetry.metrics.scrape(self.now);
            }
        }
    }

    fn client_arrives(&mut self) {
        if self.now >= self.phases[self.phase].0 {
            self.phase = (self.phase + 1).min(PHASES.len() - 1);
        }
        self.next_arrival = self.now + self.arrivals.draw(self.phases[self.phase].1);
        self.attempt(1);
    }

    fn attempt(&mut self, number: u8) {
        let trace = self.telemetry.traces.begin(self.now, self.names[0]);
        let attempt =
            Attempt { begun: self.now, generation: 0, number, calls_left: CALLS, awaited: true, trace };
        let slot = match self.free.pop() {
            Some(slot) => {
                let generation = self.attempts[slot as usize].generation + 1;
                self.attempts[slot as usize] = Attempt { generation, ..attempt };
                slot
            }
            None => {
                self.attempts.push(attempt);
                self.attempts.len() as u32 - 1
            }
        };
        match self.web.arrive(self.now, (slot, trace)) {
            Admission::Started => self.start_web_work(slot, trace),
            Admission::Queued => {}
            Admission::Refused => {
                self.telemetry.metrics.add(self.metrics.refused, 1);
                self.telemetry.traces.finish(trace, self.now, TraceOutcome::Failed);
                self.free.push(slot);
                self.retry(number);
                return;
            }
        }
        let generation = self.attempts[slot as usize].generation;
        self.timeouts.push(self.now + PATIENCE, (slot, generation));
    }

    fn start_web_work(&mut self, slot: u32, trace: ActiveTrace) {
        let done = self.now + self.web_work.draw(WEB_WORK);
        self.telemetry.traces.record(trace, SpanIndex::ROOT, SpanKind::Cpu, self.names[1], self.now, done);
        self.queue.push(done, Event::WebWorkDone(slot));
    }

    fn call(&mut self, slot: u32) {
        if self.pool.arrive(self.now, slot) == Admission::Started {
            self.query(slot);
        }
    }

    fn query(&mut self, slot: u32) {
        let work = self.query_work.draw(QUERY_WORK);
        self.database.submit(self.now, slot, work);
    }

    fn query_done(&mut self) {
        let Some(slot) = self.database.complete(self.now) else { return };
        let attempt = &mut self.attempts[slot as usize];
        attempt.calls_left -= 1;
        let calls_left = attempt.calls_left;
        let (trace, name) = (attempt.trace, self.names[2]);
        self.telemetry.traces.record(trace, SpanIndex::ROOT, SpanKind::Query, name, self.now, self.now);
        if let Some((next, _)) = self.pool.release(self.now) {
            self.query(next);
        }
        if calls_left > 0 {
            self.call(slot);
        } else {
            self.respond(slot);
        }
    }

    fn respond(&mut self, slot: u32) {
        let attempt = self.attempts[slot as usize];
        if attempt.awaited {
            self.telemetry.metrics.add(self.metrics.requests, 1);
            self.telemetry.metrics.observe(self.metrics.latency, self.now - attempt.begun);
            self.telemetry.traces.finish(attempt.trace, self.now, TraceOutcome::Ok);
        } else {
            self.telemetry.traces.finish(attempt.trace, self.now, TraceOutcome::TimedOut);
        }
        self.attempts[slot as usize].awaited = false;
        self.free.push(slot);
        if let Some(((next, trace), _)) = self.web.release(self.now) {
            self.start_web_work(next, trace);
        }
        let attempts = &self.attempts;
        self.timeouts.skip_while(|(slot, generation)| {
            let attempt = attempts[slot as usize];
            attempt.generation != generation || !attempt.awaited
        });
    }

    fn client_gives_up(&mut self) {
        let Some((_, (slot, generation))) = self.timeouts.pop_due(self.now) else { return };
        let attempt = &mut self.attempts[slot as usize];
        if attempt.generation == generation && attempt.awaited {
            attempt.awaited = false;
            let number = attempt.number;
            self.telemetry.metrics.add(self.metrics.timeouts, 1);
            self.retry(number);
        }
    }

    fn retry(&mut self, number: u8) {
        if number < ATTEMPTS {
            let at = self.now + self.backoff.draw(BACKOFF);
            self.queue.push(at, Event::Retry(number + 1));
        }
    }
}

fn main() -> ExitCode {
    const RUNS: u64 = 5;
    let mut costs = Vec::new();
    for seed in 1..=RUNS {
        let mut storm = Storm::new(seed);
        let begun = clock::cpu_ns();
        storm.run();
        let cost = (clock::cpu_ns() - begun) as f64 / storm.events as f64;
        costs.push(cost);
        let metrics = &storm.telemetry.metrics;
        let [answered, timeouts, refused] =
            [storm.metrics.requests, storm.metrics.timeouts, storm.metrics.refused]
                .map(|id| metrics.latest(id));
        println!(
            "seed {seed}: {} events, {cost:.1} ns each, digest {:016x}, {answered} answered, {timeouts} given up, {refused} refused",
            storm.events,
            black_box(storm.digest.finish()),
        );
    }
    costs.sort_by(f64::total_cmp);
    println!("storm: median {:.1} ns of processor time an event over {RUNS} runs", costs[costs.len() / 2]);
    ExitCode::SUCCESS
}
