//! The part of Kubernetes that a shop's on-call engineer meets: a deployment with its revisions, rollouts that replace pods a
//! few at a time, readiness probes, restarts, and the events that tell about them.
//!
//! It works as the real controllers do, by reconciling: a change says what is wanted, and once a second whatever is missing
//! is started and whatever is too much is ended.

use std::collections::VecDeque;

use crate::kernel::{SimTime, Span, Stream};

use super::event::{Event, MAX_PODS, source};
use super::pods::{Offer, Pod, PodTemplate};
use super::request::{Client, Host, PodMark, Request, Waits};
use super::requests::status;
use super::slab::Id;
use super::spread::Spread;
use super::view::{EventKind, EventView, PodPhase};
use super::world::World;

/// Kubernetes events that are kept.
const MAX_EVENTS: usize = 500;
/// The port that pods listen on.
pub(crate) const POD_PORT: u16 = 8080;
/// Revisions that `rollout history` remembers: Kubernetes' `revisionHistoryLimit`.
const MAX_REVISIONS: usize = 10;
/// How long a pod may take to end: `terminationGracePeriodSeconds`.
const GRACE: Span = Span::from_secs(30);
/// Share of the pods wanted that a rollout may add, or take away, at a time: Kubernetes' default for both.
const ROLLING_SHARE: f64 = 0.25;
/// Pods of one deployment that may be asked for.
pub(crate) const MAX_REPLICAS: u32 = 48;
/// Age of the cluster when the simulation starts.
const CLUSTER_AGE: Span = Span::from_hours(24 * 41);
/// Age of the pods when the simulation starts.
const POD_AGE: Span = Span::from_hours(24 * 7 - 3);
/// Letters of generated names: Kubernetes leaves out what could spell a word or be misread.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A revision of the deployment's template.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    pub(crate) number: u32,
    pub(crate) hash: String,
    /// The image's tag.
    pub(crate) tag: String,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) cause: String,
}

/// The readiness probe.
#[derive(Clone, Debug)]
pub(crate) struct ProbePlan {
    pub(crate) path: String,
    pub(crate) period: Span,
    pub(crate) timeout: Span,
    pub(crate) failures: u32,
    pub(crate) successes: u32,
}

/// The web deployment and the machines that it runs on.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) deployment: String,
    pub(crate) image: String,
    pub(crate) template: PodTemplate,
    pub(crate) memory_mib: u32,
    pub(crate) desired: u32,
    /// Oldest first; the last one is what is wanted.
    pub(crate) revisions: Vec<Revision>,
    pub(crate) nodes: Vec<String>,
    /// Which nodes take no new pods.
    pub(crate) cordoned: Vec<bool>,
    pub(crate) probe: ProbePlan,
    startup: Spread,
    pub(crate) events: VecDeque<EventView>,
    stream: Stream,
    pods_made: u32,
}

impl Cluster {
    pub(crate) fn new(web: &crate::scenario::components::Web, seed: u64) -> Cluster {
        let mut stream = Stream::named(seed, "kubernetes");
        let nodes = (0..web.nodes.max(1)).map(|_| {
            let (a, b) = (stream.below(4) * 16, 4 + stream.below(250));
            format!("ip-10-0-{a}-{b}.ec2.internal")
        });
        let nodes: Vec<String> = nodes.collect();
        let probe = ProbePlan {
            path: web.readiness.path.clone(),
            period: web.readiness.period.0,
            timeout: web.readiness.timeout.0,
            failures: web.readiness.failures,
            successes: web.readiness.successes,
        };
        let mut cluster = Cluster {
            deployment: web.name.clone(),
            image: web.image.clone(),
            template: PodTemplate {
                workers: web.workers.min(u32::from(u16::MAX)) as u16,
                accept_queue: web.accept_queue as usize,
                cores: web.cores,
            },
            memory_mib: web.memory_mib,
            desired: web.pods.min(MAX_REPLICAS),
            revisions: Vec::new(),
            cordoned: vec![false; nodes.len()],
            nodes,
            probe,
            startup: Spread::with_median(web.startup.median.0, web.startup.sigma),
            events: VecDeque::new(),
            stream,
            pods_made: 0,
        };
        cluster.revise(web.tag.clone(), web.env.clone(), format!("storefront {}", web.tag));
        cluster.revisions[0].number = FIRST_REVISION;
        cluster
    }

    /// What is wanted.
    pub(crate) fn wanted(&self) -> &Revision {
        &self.revisions[self.revisions.len() - 1]
    }

    fn revise(&mut self, tag: String, env: Vec<(String, String)>, cause: String) {
        let number = self.revisions.last().map_or(1, |revision| revision.number + 1);
        let hash = self.letters(9);
        self.revisions.push(Revision { number, hash, tag, env, cause });
        if self.revisions.len() > MAX_REVISIONS {
            self.revisions.remove(0);
        }
    }

    fn letters(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(ALPHABET[self.stream.below(ALPHABET.len() as u64) as usize])).collect()
    }

    fn make_pod(&mut self, now: SimTime) -> Pod {
        let suffix = self.letters(5);
        let (hash, number) = (self.wanted().hash.clone(), self.wanted().number);
        let name = format!("{}-{hash}-{suffix}", self.deployment);
        let mut pod = Pod::new(name, hash, number, &self.template);
        pod.node = self.schedule() as u16;
        pod.ip = format!("10.42.{}.{}", pod.node + 1, 10 + self.pods_made % 240);
        pod.created = now;
        self.pods_made += 1;
        pod
    }

    /// The node for the next pod: one after the other, cordoned ones left out.
    fn schedule(&self) -> usize {
        let first = self.pods_made as usize % self.nodes.len();
        let in_turn = (0..self.nodes.len()).map(|ahead| (first + ahead) % self.nodes.len());
        in_turn.into_iter().find(|place| !self.cordoned[*place]).unwrap_or(first)
    }

    /// Notes an event; one that repeats is counted up, as the real recorder does.
    pub(crate) fn note(
        &mut self,
        now: SimTime,
        kind: EventKind,
        reason: &'static str,
        object: String,
        message: String,
    ) {
        let same = |event: &&mut EventView| {
            event.reason == reason && event.object == object && event.message == message
        };
        if let Some(event) = self.events.iter_mut().rev().find(same) {
            event.count += 1;
            event.at = now;
            return;
        }
        if self.events.len() >= MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(EventView { at: now, count: 1, kind, reason, object, message });
    }

    /// Age of the cluster's machines and of the deployment.
    pub(crate) fn age(&self, now: SimTime) -> Span {
        CLUSTER_AGE + now.since(SimTime::ZERO)
    }
}

/// Number of the revision that runs when the simulation starts: it isn't the shop's first release.
const FIRST_REVISION: u32 = 411;

impl World {
    /// Starts the pods that have been running for days when the simulation begins.
    pub(super) fn start_pods(&mut self) {
        for _ in 0..self.cluster.desired {
            let mut pod = self.cluster.make_pod(self.now);
            pod.age_before = POD_AGE;
            pod.phase = PodPhase::Running;
            pod.ready = true;
            pod.successes = self.cluster.probe.successes;
            self.place_pod(pod);
        }
        if let Some(noisy) = &self.blueprint.noisy
            && let Some(pod) = self.pods.get_mut(noisy.pod as usize)
        {
            pod.cpu_factor = noisy.cpu_factor;
        }
        let period = self.cluster.probe.period;
        for index in 0..self.pods.len() {
            let offset = Span(period.0 * index as u64 / self.pods.len() as u64);
            self.schedule(self.now + offset, Event::ProbePod(index as u16, 0));
        }
    }

    /// Puts a pod into a free place; `None` when there is none.
    fn place_pod(&mut self, mut pod: Pod) -> Option<u16> {
        let free = self.pods.iter().position(|pod| !pod.exists);
        let at = free.unwrap_or(self.pods.len());
        if at >= MAX_PODS {
            return None;
        }
        self.meters.add_pod(&mut self.telemetry, at, &pod.name);
        self.book.add_pod(&mut self.telemetry, at, &pod.name);
        self.balancer.put(at as u16, pod.ready);
        match free {
            Some(at) => {
                pod.generation = self.pods[at].generation + 1;
                self.pods[at] = pod;
            }
            None => self.pods.push(pod),
        }
        self.sources.set(source::PODS + at, SimTime::MAX);
        Some(at as u16)
    }

    fn create_pod(&mut self) {
        let mut pod = self.cluster.make_pod(self.now);
        pod.phase = PodPhase::ContainerCreating;
        let object = format!("pod/{}", pod.name);
        let startup = self.cluster.startup.draw(&mut self.cluster.stream);
        let message = format!(
            "Successfully assigned shop/{} to {}",
            pod.name,
            self.cluster.nodes[usize::from(pod.node)]
        );
        let image = format!("Pulling image \"{}:{}\"", self.cluster.image, self.cluster.wanted().tag);
        let Some(at) = self.place_pod(pod) else { return };
        self.cluster.note(self.now, EventKind::Normal, "Scheduled", object.clone(), message);
        self.cluster.note(self.now, EventKind::Normal, "Pulling", object, image);
        let generation = self.pods[usize::from(at)].generation;
        self.schedule(self.now + startup, Event::PodStarted(at, generation));
    }

    fn is_current(&self, at: u16, generation: u32) -> bool {
        self.pods.get(usize::from(at)).is_some_and(|pod| pod.exists && pod.generation == generation)
    }

    /// A pod's container has started.
    #[cold]
    pub(super) fn on_pod_started(&mut self, at: u16, generation: u32) {
        if !self.is_current(at, generation) {
            return;
        }
        let pod = &mut self.pods[usize::from(at)];
        if pod.phase != PodPhase::ContainerCreating {
            return;
        }
        pod.phase = PodPhase::Running;
        pod.started = Some(self.now);
        let object = format!("pod/{}", pod.name);
        let message = format!("Started container {}", self.cluster.deployment);
        self.cluster.note(self.now, EventKind::Normal, "Started", object, message);
        self.schedule(self.now, Event::ProbePod(at, generation));
    }

    /// The kubelet probes a pod.
    #[cold]
    pub(super) fn on_probe_pod(&mut self, at: u16, generation: u32) {
        if !self.is_current(at, generation) || self.pods[usize::from(at)].phase != PodPhase::Running {
            return;
        }
        self.schedule(self.now + self.cluster.probe.period, Event::ProbePod(at, generation));
        let request = Request {
            client: Client::Kubelet,
            host: Host::Nowhere,
            waits: Waits::Accept,
            endpoint: 0,
            answered: false,
            member: false,
            tries: 0,
            balanced: PodMark::NONE,
            pc: self.blueprint.probe_entry,
            keys: [0; 2],
            born: self.now,
            step_since: self.now,
            query_since: self.now,
            marks: 0,
        };
        let id = self.insert_request(request);
        self.schedule(self.now + self.cluster.probe.timeout, Event::ProbeDeadline(at, id));
        match self.pods[usize::from(at)].offer(self.now, id) {
            Offer::Started(worker) => {
                self.requests[id].host = Host::Worker(at, worker);
                self.advance(id);
            }
            Offer::Queued => self.requests[id].host = Host::Queue(at),
            Offer::Full => {
                self.drop_request(id);
                self.probe_result(at, false, "connect: connection refused");
            }
        }
    }

    /// A probe that isn't answered by now has failed; if a worker still gets to it, nobody listens.
    #[cold]
    pub(super) fn on_probe_deadline(&mut self, at: u16, id: Id) {
        let Some(request) = self.requests.get_mut(id) else { return };
        if request.answered {
            return;
        }
        request.answered = true;
        let host = request.host;
        if let Host::Queue(pod) = host {
            self.pods[usize::from(pod)].forget_queued(self.now, id);
            self.drop_request(id);
        }
        self.probe_result(
            at,
            false,
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        );
    }

    /// A probe was answered.
    pub(super) fn readiness_answer(&mut self, id: Id, code: u16) {
        if let Host::Worker(pod, _) = self.requests[id].host {
            self.probe_result(pod, code == status::OK, "HTTP probe failed with statuscode: 500");
        }
    }

    fn probe_result(&mut self, at: u16, ok: bool, why: &str) {
        let (failures, successes) = (self.cluster.probe.failures, self.cluster.probe.successes);
        let pod = &mut self.pods[usize::from(at)];
        if pod.phase != PodPhase::Running {
            return;
        }
        if ok {
            pod.failures = 0;
            pod.successes += 1;
            if !pod.ready && pod.successes >= successes {
                pod.ready = true;
                self.balancer.set_ready(at, true);
            }
            return;
        }
        pod.successes = 0;
        pod.failures += 1;
        if pod.failures >= failures {
            pod.ready = false;
            self.balancer.set_ready(at, false);
        }
        let object = format!("pod/{}", pod.name);
        let address = format!("http://{}:{POD_PORT}{}", pod.ip, self.cluster.probe.path);
        let message = format!("Readiness probe failed: Get \"{address}\": {why}");
        self.cluster.note(self.now, EventKind::Warning, "Unhealthy", object, message);
    }

    /// Once a second: brings the pods that exist nearer to those that are wanted.
    pub(super) fn reconcile(&mut self) {
        let wanted = self.cluster.wanted().number;
        let desired = self.cluster.desired as usize;
        let alive = |pod: &&Pod| pod.exists && pod.phase != PodPhase::Terminating;
        let fresh = self.pods.iter().filter(alive).filter(|pod| pod.revision == wanted).count();
        let total = self.pods.iter().filter(alive).count();
        let stale = total - fresh;
        if fresh == desired && stale == 0 {
            return;
        }
        let surge = libm::ceil(desired as f64 * ROLLING_SHARE) as usize;
        let room = if stale == 0 { desired } else { (desired + surge).saturating_sub(stale) };
        for _ in fresh..room.min(desired) {
            self.create_pod();
        }
        let unavailable = (desired as f64 * ROLLING_SHARE) as usize;
        let ready = self.pods.iter().filter(alive).filter(|pod| pod.ready).count();
        let mut spare = ready.saturating_sub(desired.saturating_sub(unavailable));
        for at in 0..self.pods.len() {
            let pod = &self.pods[at];
            if !alive(&pod) || pod.revision == wanted {
                continue;
            }
            if !pod.ready {
                self.terminate_pod(at as u16);
            } else if spare > 0 {
                spare -= 1;
                self.terminate_pod(at as u16);
            }
        }
        if stale == 0 && fresh > desired {
            self.remove_surplus(fresh - desired);
        }
    }

    /// Scaling down: pods that aren't ready go first, then the youngest.
    fn remove_surplus(&mut self, count: usize) {
        let mut candidates: Vec<(bool, SimTime, u16)> = (0..)
            .zip(&self.pods)
            .filter(|(_, pod)| pod.exists && pod.phase != PodPhase::Terminating)
            .map(|(at, pod)| (pod.ready, SimTime(u64::MAX - pod.created.0), at))
            .collect();
        candidates.sort_unstable();
        for (_, _, at) in candidates.into_iter().take(count) {
            self.terminate_pod(at);
        }
    }

    /// Tells a pod to end: it gets no more requests, finishes what it has, and is killed after its grace.
    pub(super) fn terminate_pod(&mut self, at: u16) {
        let pod = &mut self.pods[usize::from(at)];
        pod.phase = PodPhase::Terminating;
        pod.ready = false;
        self.balancer.set_ready(at, false);
        let generation = pod.generation;
        let object = format!("pod/{}", pod.name);
        let message = format!("Stopping container {}", self.cluster.deployment);
        self.cluster.note(self.now, EventKind::Normal, "Killing", object, message);
        self.schedule(self.now + GRACE, Event::PodKilled(at, generation));
        self.pod_may_end(at);
    }

    /// A terminating pod that has nothing left to do ends.
    pub(super) fn pod_may_end(&mut self, at: u16) {
        let pod = &mut self.pods[usize::from(at)];
        if pod.phase == PodPhase::Terminating && pod.is_empty() {
            pod.exists = false;
            pod.generation += 1;
        }
    }

    /// A terminating pod's grace is over: whatever it still had is lost.
    #[cold]
    pub(super) fn on_pod_killed(&mut self, at: u16, generation: u32) {
        if !self.is_current(at, generation) {
            return;
        }
        let evicted = self.pods[usize::from(at)].evict_all(self.now);
        self.pods[usize::from(at)].exists = false;
        self.pods[usize::from(at)].generation += 1;
        self.sources.set(source::PODS + usize::from(at), SimTime::MAX);
        for id in evicted {
            self.break_off(id);
        }
    }

    /// A request's host is gone: what it waits for is given up, its client gets a 502.
    fn break_off(&mut self, id: Id) {
        let Some(request) = self.requests.get_mut(id) else { return };
        request.host = Host::Nowhere;
        let waits = request.waits;
        match waits {
            Waits::Pool(pool) => {
                self.pools[usize::from(pool)].forget(self.now, id);
                self.sources
                    .set(source::POOLS + usize::from(pool), self.pools[usize::from(pool)].next_timeout());
            }
            Waits::Query(pool, slot) => self.abandon_query(pool, slot),
            Waits::Accept | Waits::Cpu | Waits::Cache | Waits::External | Waits::Backoff => {}
        }
        self.finish(id, status::BAD_GATEWAY);
    }

    /// A new revision is wanted: with another tag, other environment, or just anew.
    pub(super) fn roll_out(
        &mut self,
        tag: Option<String>,
        env: Option<Vec<(String, String)>>,
        cause: String,
    ) -> u32 {
        let current = self.cluster.wanted().clone();
        self.cluster.revise(tag.unwrap_or(current.tag), env.unwrap_or(current.env), cause);
        let (number, hash) = (self.cluster.wanted().number, self.cluster.wanted().hash.clone());
        let object = format!("deployment/{}", self.cluster.deployment);
        let message = format!(
            "Scaled up replica set {}-{hash} to {}",
            self.cluster.deployment,
            self.cluster.desired.div_ceil(4)
        );
        self.cluster.note(self.now, EventKind::Normal, "ScalingReplicaSet", object, message);
        number
    }

    /// Whether the newest revision runs everywhere, and nothing else does.
    pub(super) fn rolled_out(&self) -> bool {
        let wanted = self.cluster.wanted().number;
        let fresh = self.pods.iter().filter(|pod| pod.exists && pod.revision == wanted && pod.ready).count();
        let stale = self.pods.iter().any(|pod| pod.exists && pod.revision != wanted);
        fresh >= self.cluster.desired as usize && !stale
    }
}
