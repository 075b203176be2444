//! Background jobs: work that no visitor asks for, on workers of its own, through the same pools to the same database.
//!
//! A job that comes due while all its workers are busy waits in its queue. So an outage leaves a backlog, and working that
//! off is a load that the recovering shop has to carry.

use crate::kernel::{Exponentials, SharedProcessor, SimTime, Stream, WaitingLine};

use super::blueprint::JobPlan;
use super::event::Event;
use super::request::{Client, Host, PodMark, Request, Waits};
use super::requests::status;
use super::slab::Id;
use super::world::World;

/// Cores of the machine that the background workers share.
const WORKER_CORES: f64 = 4.0;

/// All kinds of jobs.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    pub(crate) kinds: Vec<JobQueue>,
    pub(crate) cpu: SharedProcessor,
    /// By slot on the processor: who runs there.
    slots: Vec<Id>,
    free: Vec<u16>,
}

/// One kind.
#[derive(Clone, Debug)]
pub(crate) struct JobQueue {
    pauses: Exponentials,
    /// Runs that wait, since they came due.
    pub(crate) waiting: WaitingLine<()>,
    pub(crate) running: u32,
    pub(crate) done: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Jobs {
    pub(crate) fn new(plans: &[JobPlan], seed: u64) -> Jobs {
        let slots: u32 = plans.iter().map(|plan| plan.concurrency).sum();
        let kinds = plans.iter().map(|plan| JobQueue {
            pauses: Exponentials::of(Stream::named(seed, &plan.name)),
            waiting: WaitingLine::new(),
            running: 0,
            done: 0,
            failed: 0,
            skipped: 0,
        });
        Jobs {
            kinds: kinds.collect(),
            cpu: SharedProcessor::new(WORKER_CORES),
            slots: vec![Id { slot: u32::MAX, generation: 0 }; slots as usize],
            free: (0..slots as u16).rev().collect(),
        }
    }
}

impl World {
    /// Puts the first run of each kind on the calendar.
    pub(super) fn start_jobs(&mut self) {
        for kind in 0..self.blueprint.jobs.len() {
            self.schedule_job(kind as u8);
        }
    }

    fn schedule_job(&mut self, kind: u8) {
        let mean = self.blueprint.jobs[usize::from(kind)].every;
        let pause = self.jobs.kinds[usize::from(kind)].pauses.draw(mean);
        self.schedule(self.now + pause, Event::Job(kind));
    }

    /// A job is due.
    #[cold]
    pub(super) fn on_job_due(&mut self, kind: u8) {
        self.schedule_job(kind);
        let plan = &self.blueprint.jobs[usize::from(kind)];
        let (concurrency, backlog) = (plan.concurrency, plan.backlog);
        let queue = &mut self.jobs.kinds[usize::from(kind)];
        if queue.running < concurrency {
            self.run_job(kind, self.now);
        } else if queue.waiting.len() < backlog {
            queue.waiting.push(self.now, ());
        } else {
            queue.skipped += 1;
        }
    }

    fn run_job(&mut self, kind: u8, due: SimTime) {
        let Some(slot) = self.jobs.free.pop() else { return };
        let request = Request {
            client: Client::Job(kind),
            host: Host::Jobs(slot),
            waits: Waits::Cpu,
            endpoint: 0,
            answered: false,
            member: false,
            tries: 0,
            balanced: PodMark::NONE,
            pc: self.blueprint.jobs[usize::from(kind)].entry,
            keys: [0; 2],
            born: due,
            step_since: self.now,
            query_since: self.now,
            marks: 0,
        };
        let id = self.insert_request(request);
        self.jobs.slots[usize::from(slot)] = id;
        self.jobs.kinds[usize::from(kind)].running += 1;
        self.advance(id);
    }

    /// The background processor is done with a step.
    pub(super) fn on_jobs_cpu(&mut self) {
        if let Some(slot) = self.jobs.cpu.complete(self.now) {
            let id = self.jobs.slots[slot as usize];
            self.digest.write_u64(id.as_u64());
            self.advance(id);
        }
        self.sources.set(super::event::source::JOBS, self.jobs.cpu.next_or_never());
    }

    /// A job is over.
    pub(super) fn job_done(&mut self, slot: u16, kind: u8, code: u16) {
        self.jobs.free.push(slot);
        let queue = &mut self.jobs.kinds[usize::from(kind)];
        queue.running -= 1;
        if code == status::OK {
            queue.done += 1
        } else {
            queue.failed += 1
        }
        if let Some((due, ())) = queue.waiting.pop(self.now) {
            self.run_job(kind, due);
        }
    }
}
