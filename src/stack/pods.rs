//! One web pod: a fixed number of workers, a bounded accept queue in front of them, and cores that the workers share.
//!
//! A worker that waits for the database is as busy as one that computes: that is how a slow database starves healthy web
//! servers, down to their readiness probes, which a worker has to answer too.

use crate::kernel::{SharedProcessor, SimTime, Span, WaitingLine};

use super::slab::Id;
use super::view::PodPhase;

/// Marks a worker that has nothing to do.
const NOBODY: Id = Id { slot: u32::MAX, generation: 0 };
/// Time constant of the averages that `kubectl top` shows.
const TOP_WINDOW_S: f64 = 30.0;

/// What became of a request that was sent to a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// This worker took it at once.
    Started(u16),
    /// It waits in the accept queue.
    Queued,
    /// The accept queue is full.
    Full,
}

/// A pod.
#[derive(Clone, Debug)]
pub(crate) struct Pod {
    pub(crate) name: String,
    pub(crate) template_hash: String,
    pub(crate) revision: u32,
    pub(crate) node: u16,
    pub(crate) ip: String,
    pub(crate) phase: PodPhase,
    pub(crate) ready: bool,
    /// False once it has ended: its place may be taken by another.
    pub(crate) exists: bool,
    /// Counted up whenever its container starts or ends, so that late events are recognised.
    pub(crate) generation: u32,
    pub(crate) restarts: u32,
    /// Age that it had when the simulation started.
    pub(crate) age_before: Span,
    pub(crate) created: SimTime,
    pub(crate) started: Option<SimTime>,
    pub(crate) cpu: SharedProcessor,
    /// Work of the CPU steps against that of other pods.
    pub(crate) cpu_factor: f64,
    workers: Vec<Id>,
    idle: Vec<u16>,
    accept: WaitingLine<Id>,
    accept_limit: usize,
    pub(crate) failures: u32,
    pub(crate) successes: u32,
    /// Answered since the last second, and of these with a 5xx.
    pub(crate) answered: u32,
    pub(crate) errors: u32,
    /// Averages for `kubectl top`.
    pub(crate) busy_cores: f64,
    pub(crate) requests_per_s: f64,
    pub(crate) errors_per_s: f64,
    busy_ns_before: u64,
}

/// What a pod is made of.
#[derive(Clone, Debug)]
pub(crate) struct PodTemplate {
    pub(crate) workers: u16,
    pub(crate) accept_queue: usize,
    pub(crate) cores: f64,
}

impl Pod {
    pub(crate) fn new(name: String, template_hash: String, revision: u32, template: &PodTemplate) -> Pod {
        Pod {
            name,
            template_hash,
            revision,
            node: 0,
            ip: String::new(),
            phase: PodPhase::Pending,
            ready: false,
            exists: true,
            generation: 0,
            restarts: 0,
            age_before: Span::ZERO,
            created: SimTime::ZERO,
            started: None,
            cpu: SharedProcessor::new(template.cores),
            cpu_factor: 1.0,
            workers: vec![NOBODY; usize::from(template.workers)],
            idle: (0..template.workers).rev().collect(),
            accept: WaitingLine::new(),
            accept_limit: template.accept_queue,
            failures: 0,
            successes: 0,
            answered: 0,
            errors: 0,
            busy_cores: 0.0,
            requests_per_s: 0.0,
            errors_per_s: 0.0,
            busy_ns_before: 0,
        }
    }

    /// Whether it takes requests that are sent to it, ready or not.
    pub(crate) fn listens(&self) -> bool {
        self.exists && matches!(self.phase, PodPhase::Running | PodPhase::Terminating)
    }

    /// A request is sent to it.
    #[inline]
    pub(crate) fn offer(&mut self, now: SimTime, request: Id) -> Offer {
        if let Some(worker) = self.idle.pop() {
            self.workers[usize::from(worker)] = request;
            Offer::Started(worker)
        } else if self.accept.len() < self.accept_limit {
            self.accept.push(now, request);
            Offer::Queued
        } else {
            Offer::Full
        }
    }

    /// Whether the next request offered would be refused.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.idle.is_empty() && self.accept.len() >= self.accept_limit
    }

    /// A worker is done with its request; it takes the next one from the accept queue, if there is one.
    #[inline]
    pub(crate) fn release(&mut self, now: SimTime, worker: u16) -> Option<(Id, SimTime)> {
        match self.accept.pop(now) {
            Some((since, next)) => {
                self.workers[usize::from(worker)] = next;
                Some((next, since))
            }
            None => {
                self.workers[usize::from(worker)] = NOBODY;
                self.idle.push(worker);
                None
            }
        }
    }

    /// Who is on this worker.
    #[inline]
    pub(crate) fn on_worker(&self, worker: u32) -> Id {
        self.workers[worker as usize]
    }

    /// Takes a request out of the accept queue.
    pub(crate) fn forget_queued(&mut self, now: SimTime, request: Id) {
        self.accept.withdraw(now, |queued| queued == request);
    }

    /// Everybody in it, on workers or in the queue; it is empty afterwards.
    pub(crate) fn evict_all(&mut self, now: SimTime) -> Vec<Id> {
        let mut evicted: Vec<Id> = self.workers.iter().copied().filter(|id| *id != NOBODY).collect();
        evicted.extend(std::iter::from_fn(|| self.accept.pop(now)).map(|(_, id)| id));
        self.cpu.clear(now, |_| {});
        let workers = self.workers.len() as u16;
        self.workers.fill(NOBODY);
        self.idle = (0..workers).rev().collect();
        evicted
    }

    pub(crate) fn workers(&self) -> usize {
        self.workers.len()
    }

    pub(crate) fn busy_workers(&self) -> usize {
        self.workers.len() - self.idle.len()
    }

    pub(crate) fn queued(&self) -> usize {
        self.accept.len()
    }

    pub(crate) fn accept_limit(&self) -> usize {
        self.accept_limit
    }

    /// Whether nothing is under way in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.accept.is_empty() && self.idle.len() == self.workers.len()
    }

    /// A second is over: moves the averages on.
    pub(crate) fn second(&mut self, now: SimTime) {
        let busy = self.cpu.busy_core_ns(now);
        let share = 1.0 - libm::exp(-1.0 / TOP_WINDOW_S);
        let towards = |average: &mut f64, value: f64| *average += (value - *average) * share;
        towards(&mut self.busy_cores, busy.saturating_sub(self.busy_ns_before) as f64 / 1e9);
        towards(&mut self.requests_per_s, f64::from(self.answered));
        towards(&mut self.errors_per_s, f64::from(self.errors));
        self.busy_ns_before = busy;
        self.answered = 0;
        self.errors = 0;
    }
}
