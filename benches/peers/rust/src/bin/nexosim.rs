//! The storm in nexosim, on one thread: clients, web tier and database are models that send each other messages; time-outs,
//! pauses and the next completion of the database are events that a model schedules for itself, with a number by which a
//! stale one is recognised.

use firedrill_peers::*;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

static RESULT: Mutex<Tally> =
    Mutex::new(Tally { events: 0, answered: 0, given_up: 0, refused: 0, latency_ns: 0 });

fn count() {
    if let Ok(mut tally) = RESULT.lock() {
        tally.events += 1;
    }
}

fn now<M: Model>(cx: &Context<M>) -> u64 {
    cx.time().duration_since(MonotonicTime::EPOCH).as_nanos() as u64
}

fn after(nanoseconds: u64) -> Duration {
    Duration::from_nanos(nanoseconds.max(1))
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Attempt {
    begun: u64,
    number: u8,
}

#[derive(Serialize, Deserialize)]
struct Clients {
    request: Output<u64>,
    waiting: BTreeMap<u64, Attempt>,
    next: u64,
    arrivals: Stream,
    pauses: Stream,
    tally: Tally,
}

#[Model]
impl Clients {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        let _ = cx.schedule_event(after(1), schedulable!(Self::arrive), ());
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, _: (), cx: &Context<Self>) {
        count();
        let interval = self.arrivals.exponential(interval(now(cx)));
        let _ = cx.schedule_event(after(interval), schedulable!(Self::arrive), ());
        self.attempt(1, cx).await;
    }

    #[nexosim(schedulable)]
    async fn again(&mut self, number: u8, cx: &Context<Self>) {
        count();
        self.attempt(number, cx).await;
    }

    async fn attempt(&mut self, number: u8, cx: &Context<Self>) {
        self.next += 1;
        self.waiting.insert(self.next, Attempt { begun: now(cx), number });
        let _ = cx.schedule_event(after(PATIENCE), schedulable!(Self::give_up), self.next);
        self.request.send(self.next).await;
    }

    #[nexosim(schedulable)]
    fn give_up(&mut self, id: u64, cx: &Context<Self>) {
        count();
        if let Some(attempt) = self.waiting.remove(&id) {
            self.tally.given_up += 1;
            self.retry(attempt.number, cx);
        }
    }

    fn retry(&mut self, number: u8, cx: &Context<Self>) {
        if number < ATTEMPTS {
            let pause = self.pauses.exponential(BACKOFF);
            let _ = cx.schedule_event(after(pause), schedulable!(Self::again), number + 1);
        }
    }

    fn answer(&mut self, (id, served): (u64, bool), cx: &Context<Self>) {
        let Some(attempt) = self.waiting.remove(&id) else { return };
        if served {
            self.tally.answered += 1;
            self.tally.latency_ns += now(cx) - attempt.begun;
        } else {
            self.tally.refused += 1;
            self.retry(attempt.number, cx);
        }
        if let Ok(mut result) = RESULT.lock() {
            *result = Tally { events: result.events, ..self.tally };
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Web {
    answer: Output<(u64, bool)>,
    query: Output<u64>,
    busy: usize,
    backlog: VecDeque<u64>,
    connected: usize,
    waiting: VecDeque<u64>,
    calls_left: BTreeMap<u64, u8>,
    work: Stream,
}

#[Model]
impl Web {
    async fn request(&mut self, id: u64, cx: &Context<Self>) {
        if self.busy < WORKERS {
            self.busy += 1;
            self.start(id, cx);
        } else if self.backlog.len() < BACKLOG {
            self.backlog.push_back(id);
        } else {
            self.answer.send((id, false)).await;
        }
    }

    fn start(&mut self, id: u64, cx: &Context<Self>) {
        self.calls_left.insert(id, CALLS);
        let work = self.work.exponential(WEB_WORK);
        let _ = cx.schedule_event(after(work), schedulable!(Self::worked), id);
    }

    #[nexosim(schedulable)]
    async fn worked(&mut self, id: u64) {
        count();
        self.call(id).await;
    }

    async fn call(&mut self, id: u64) {
        if self.connected < CONNECTIONS {
            self.connected += 1;
            self.query.send(id).await;
        } else {
            self.waiting.push_back(id);
        }
    }

    async fn queried(&mut self, id: u64, cx: &Context<Self>) {
        self.connected -= 1;
        if let Some(next) = self.waiting.pop_front() {
            self.connected += 1;
            self.query.send(next).await;
        }
        let Some(left) = self.calls_left.get_mut(&id) else { return };
        *left -= 1;
        if *left > 0 {
            return self.call(id).await;
        }
        self.calls_left.remove(&id);
        self.answer.send((id, true)).await;
        match self.backlog.pop_front() {
            Some(next) => self.start(next, cx),
            None => self.busy -= 1,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Database {
    done: Output<u64>,
    jobs: BTreeMap<(u64, u64), u64>,
    clock: f64,
    updated: u64,
    submitted: u64,
    version: u64,
    work: Stream,
}

#[Model]
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

    fn next(&mut self, cx: &Context<Self>) {
        self.version += 1;
        if let Some(((finish, _), _)) = self.jobs.first_key_value() {
            let left = ((*finish as f64 - self.clock).max(0.0) / self.rate()).ceil() as u64;
            let _ = cx.schedule_event(after(left), schedulable!(Self::complete), self.version);
        }
    }

    fn submit(&mut self, id: u64, cx: &Context<Self>) {
        let work = self.work.exponential(QUERY_WORK);
        self.advance(now(cx));
        self.submitted += 1;
        self.jobs.insert((self.clock as u64 + work, self.submitted), id);
        self.next(cx);
    }

    #[nexosim(schedulable)]
    async fn complete(&mut self, version: u64, cx: &Context<Self>) {
        if version != self.version {
            return;
        }
        count();
        self.advance(now(cx));
        let Some((_, id)) = self.jobs.pop_first() else { return };
        self.next(cx);
        self.done.send(id).await;
    }
}

fn run(seed: u64) -> Tally {
    let [arrivals, web_work, query_work, pauses] = [1, 2, 3, 4].map(|stream| Stream::new(seed * 16 + stream));
    let mut clients = Clients {
        request: Output::default(),
        waiting: BTreeMap::new(),
        next: 0,
        arrivals,
        pauses,
        tally: Tally::default(),
    };
    let mut web = Web {
        answer: Output::default(),
        query: Output::default(),
        busy: 0,
        backlog: VecDeque::new(),
        connected: 0,
        waiting: VecDeque::new(),
        calls_left: BTreeMap::new(),
        work: web_work,
    };
    let mut database = Database {
        done: Output::default(),
        jobs: BTreeMap::new(),
        clock: 0.0,
        updated: 0,
        submitted: 0,
        version: 0,
        work: query_work,
    };
    let (client_box, web_box, database_box) = (Mailbox::new(), Mailbox::new(), Mailbox::new());
    clients.request.connect(Web::request, &web_box);
    web.answer.connect(Clients::answer, &client_box);
    web.query.connect(Database::submit, &database_box);
    database.done.connect(Web::queried, &web_box);
    if let Ok(mut result) = RESULT.lock() {
        *result = Tally::default();
    }
    let simulation = SimInit::with_num_threads(1)
        .add_model(clients, client_box, "clients")
        .add_model(web, web_box, "web")
        .add_model(database, database_box, "database")
        .init(MonotonicTime::EPOCH);
    let end = MonotonicTime::EPOCH + Duration::from_nanos(END);
    let outcome = simulation.and_then(|mut simulation| Ok(simulation.step_until(end)?));
    if let Err(problem) = outcome {
        eprintln!("nexosim: {problem}");
    }
    RESULT.lock().map(|tally| *tally).unwrap_or_default()
}

fn main() {
    firedrill_peers::main(run);
}
