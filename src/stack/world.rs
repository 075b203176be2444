//! The world: every component of the shop, and the loop that makes the next thing happen.
//!
//! One loop, one clock. Each turn asks the sources for the earliest instant, sets the clock to it and dispatches; what follows at
//! the same instant is done by plain calls. The order of what falls on one instant is fixed (by the place of the source, then
//! by the order of scheduling), so a run is a function of scenario, variant, seed and the operators' actions.

use std::net::IpAddr;

use crate::kernel::{Calendar, Digest, EventQueue, SimTime, Span, Stream, TimeoutLine, TimeoutRing};
use crate::postgres::server::{Completion, QueryId, Server};
use crate::scenario::{Diagnostic, Scenario, Variant};
use crate::telemetry::Telemetry;

use super::balancer::Balancer;
use super::blueprint::{Blueprint, span};
use super::cache::Cache;
use super::changes::{Record, Task};
use super::cluster::Cluster;
use super::event::{Event, Sources, source};
use super::jobs::Jobs;
use super::logbook::LogBook;
use super::meters::{Meters, alert_rule};
use super::operations::Operations;
use super::payment::Externals;
use super::pods::Pod;
use super::pool::Pool;
use super::queries::Retries;
use super::request::{MAX_MARKS, Mark, Request};
use super::settings::Settings;
use super::signals::Signals;
use super::slab::{Id, Slab};
use super::view::HttpProbe;
use super::visitors::{Visitor, Visitors};

/// Names of the components, as tools spell them.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The deployment of the web pods.
    pub(crate) web: String,
    /// Its namespace.
    pub(crate) namespace: String,
    pub(crate) balancer: String,
    pub(crate) cache: String,
    pub(crate) pooler: String,
    /// Database servers, the primary first.
    pub(crate) databases: Vec<String>,
}

/// The simulated shop. See the [room's head](super) for the way of a request through it.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) now: SimTime,
    pub(super) blueprint: Blueprint,
    pub(super) names: Names,
    pub(super) database_names: Vec<String>,
    pub(super) pooler_address: IpAddr,
    pub(super) train_address: IpAddr,
    pub(super) digest: Digest,
    pub(super) events: u64,
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) queue: EventQueue<Event>,
    pub(super) sources: Sources,
    pub(super) visitors: Visitors,
    pub(super) impatience: TimeoutRing<(Id, u16)>,
    /// No visitor's patience is shorter.
    pub(super) patience_floor: Span,
    pub(super) requests: Slab<Request>,
    pub(super) marks: Vec<[Mark; MAX_MARKS]>,
    pub(super) balancer: Balancer,
    pub(super) upstream: TimeoutLine,
    pub(super) connecting: TimeoutRing<Id>,
    pub(super) cluster: Cluster,
    pub(super) pods: Vec<Pod>,
    pub(super) cache: Cache,
    pub(super) cache_latency: Span,
    pub(super) lookups: TimeoutRing<Id>,
    pub(super) pools: Vec<Pool>,
    pub(super) databases: Vec<Server>,
    /// The registered statement of each query, at its own server.
    pub(super) statements: Vec<QueryId>,
    pub(super) completions: Vec<Completion>,
    /// The place of the source that something happens at: its next instant is noted once, after all of it.
    pub(super) stepping: usize,
    pub(super) retries: Retries,
    pub(super) externals: Externals,
    pub(super) jobs: Jobs,
    pub(super) changes: Vec<Record>,
    pub(super) tasks: Vec<Task>,
    pub(super) operations: Operations,
    pub(super) settings: Settings,
    pub(super) probes: Vec<HttpProbe>,
    /// Work of steps; which branches programs take.
    pub(super) service: Stream,
    pub(super) branches: Stream,
    pub(super) signals: Signals,
    pub(super) telemetry: Telemetry,
    pub(super) meters: Meters,
    pub(super) book: LogBook,
    pub(super) server_book: super::serverlog::ServerLogBook,
    pub(super) tick: super::tick::Tick,
}

impl World {
    /// The shop as it stands when the scenario starts: pods up, caches warm, nobody in it yet.
    ///
    /// # Errors
    /// What is wrong with the scenario's files, as far as only running them tells: a statement that doesn't plan, a
    /// schema that doesn't load, a name that resolves to nothing.
    pub fn new(scenario: &Scenario, variant: &Variant, seed: u64) -> Result<World, Vec<Diagnostic>> {
        let blueprint =
            Blueprint::compile(scenario).map_err(|message| vec![diagnostic("scenario.ron", message)])?;
        let (databases, statements) = super::database::servers(scenario, &blueprint, seed)?;
        let mut world = World::assemble(scenario, blueprint, databases, statements, seed);
        world.start(scenario, variant);
        Ok(world)
    }

    fn assemble(
        scenario: &Scenario,
        blueprint: Blueprint,
        databases: Vec<Server>,
        statements: Vec<QueryId>,
        seed: u64,
    ) -> World {
        let components = &scenario.components;
        let lb = &components.load_balancer;
        let names = names(scenario, &blueprint);
        let mut telemetry = Telemetry::default();
        let meters = Meters::new(&blueprint, &names.databases, &mut telemetry);
        let server_book = super::serverlog::ServerLogBook::new(&blueprint, &databases, &mut telemetry.logs);
        let retries = &components.web.query_retries;
        let database_names: Vec<String> =
            blueprint.databases.iter().map(|&index| components.databases[index].dbname.clone()).collect();
        let book = LogBook::new(&blueprint, &names, &database_names, &mut telemetry);
        World {
            now: SimTime::ZERO,
            database_names,
            pooler_address: IpAddr::V4(super::addresses::POOLER),
            train_address: IpAddr::V4(super::addresses::TRAIN),
            digest: Digest::new(),
            events: 0,
            sent: 0,
            answered: 0,
            queue: EventQueue::with_capacity(1 << 15),
            sources: Sources::new(),
            visitors: Visitors::new(&blueprint, seed),
            impatience: TimeoutRing::new(),
            patience_floor: blueprint.visitors.patience.least(),
            requests: Slab::with_capacity(1 << 12),
            marks: Vec::with_capacity(1 << 12),
            balancer: Balancer::new(span(lb.upstream_timeout), span(lb.connect_timeout), span(lb.overhead)),
            upstream: TimeoutLine::new(),
            connecting: TimeoutRing::new(),
            cluster: Cluster::new(&components.web, seed),
            pods: Vec::new(),
            cache: Cache::new(&blueprint.spaces, components.cache.max_entries, Stream::named(seed, "cache")),
            cache_latency: span(components.cache.latency.median),
            lookups: TimeoutRing::new(),
            pools: blueprint
                .pools
                .iter()
                .map(|pool| Pool::new(pool.size, pool.wait_timeout, pool.max_waiting))
                .collect(),
            databases,
            statements,
            completions: Vec::new(),
            stepping: source::NONE,
            retries: Retries {
                broken_connection: retries.broken_connection,
                timed_out: retries.timed_out,
                backoff: span(retries.backoff),
            },
            externals: Externals::new(&blueprint.externals, seed),
            jobs: Jobs::new(&blueprint.jobs, seed),
            changes: Vec::new(),
            tasks: Vec::new(),
            operations: Operations::default(),
            settings: Settings::default(),
            probes: Vec::new(),
            service: Stream::named(seed, "service"),
            branches: Stream::named(seed, "branches"),
            signals: Signals::new(blueprint.threshold),
            telemetry,
            meters,
            book,
            server_book,
            tick: super::tick::Tick::default(),
            names,
            blueprint,
        }
    }

    fn start(&mut self, scenario: &Scenario, variant: &Variant) {
        let lookups = self.blueprint.expected_lookups();
        self.cache.warm(&lookups);
        let replica = self.names.databases.get(1).map(String::as_str);
        for rule in &scenario.alerts {
            self.telemetry.alerts.add(alert_rule(rule, &self.names.databases[0], replica));
        }
        for export in &scenario.exports {
            let labels: Vec<(&str, &str)> =
                export.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let gauge = self.telemetry.metrics.gauge(&export.name, &export.help, &labels);
            self.telemetry.metrics.set(gauge, export.value);
        }
        self.start_pods();
        self.start_jobs();
        self.schedule_changes(variant.changes(scenario).into_iter().cloned().collect());
        self.update_impact_window(SimTime::ZERO);
        self.schedule(SimTime::ZERO + Span::SECOND, Event::Second);
        if let Some(noisy) = &self.blueprint.noisy {
            self.schedule(SimTime::ZERO + noisy.every, Event::Noise);
        }
        for (visitor, looks) in self.visitors.already_here(&self.blueprint) {
            self.schedule(SimTime::ZERO + looks, Event::Think(visitor));
        }
        let first = self.visitors.next_arrival(&self.blueprint, SimTime::ZERO);
        self.sources.set(source::ARRIVALS, first);
        self.sources.set(source::SURGES, self.visitors.next_surge());
    }

    /// Lets everything happen that is due up to and including `t`; then it is `t`. Earlier instants change nothing.
    pub fn run_until(&mut self, t: SimTime) {
        for database in 0..self.databases.len() {
            self.refresh_database(database);
        }
        if !self.tasks.is_empty() {
            self.poll_tasks();
        }
        loop {
            let (at, place) = self.sources.earliest(self.queue.next_or_never());
            if at > t {
                break;
            }
            self.now = at;
            self.events += 1;
            self.digest.write_u64(at.0 << 7 | place as u64);
            self.dispatch(place);
        }
        self.now = self.now.max(t);
    }

    #[inline]
    fn dispatch(&mut self, place: usize) {
        match place {
            source::QUEUE => self.on_queue(),
            source::ARRIVALS => self.on_arrival(),
            source::SURGES => self.on_surge(),
            source::PATIENCE => self.on_patience(),
            source::UPSTREAM => self.on_upstream_timeout(),
            source::CONNECT => self.on_connect_timeout(),
            source::CACHE => self.on_cache(),
            source::JOBS => self.on_jobs_cpu(),
            source::DATABASES..source::POOLS => self.on_database(place - source::DATABASES),
            source::POOLS..source::PODS => self.on_pool_timeout(place - source::POOLS),
            _ => self.on_pod_cpu(place - source::PODS),
        }
    }

    fn on_queue(&mut self) {
        let visitors = &self.visitors.all;
        let Some((_, event)) = self.queue.pop_foreseeing(|event| fetch(visitors, event)) else { return };
        let (kind, identity) = event.fingerprint();
        self.digest.write_u64(identity ^ kind << 56);
        match event {
            Event::Think(visitor) => self.on_think(visitor),
            Event::Again(visitor) => self.view_page(visitor),
            Event::Impatient(visitor, serial) => self.on_impatient(visitor, serial),
            Event::External(request, ok) => self.on_external(request, ok),
            Event::QueryAgain(request) => self.on_query_again(request),
            // What comes now is rare, and lies apart: these functions are marked cold.
            Event::Second => self.on_second(),
            Event::UpstreamTimeout(request) => self.time_out(request),
            Event::PodStarted(pod, generation) => self.on_pod_started(pod, generation),
            Event::ProbePod(pod, generation) => self.on_probe_pod(pod, generation),
            Event::ProbeDeadline(pod, request) => self.on_probe_deadline(pod, request),
            Event::PodKilled(pod, generation) => self.on_pod_killed(pod, generation),
            Event::Job(kind) => self.on_job_due(kind),
            Event::Change(change, phase) => self.on_change(usize::from(change), phase),
            Event::Operation(operation) => self.on_operation(super::view::OperationId(operation)),
            Event::Noise => self.on_noise(),
            Event::CurlTimeout(probe, request) => self.on_curl_timeout(probe, request),
        }
    }

    /// Puts an event on the heap.
    #[inline]
    pub(super) fn schedule(&mut self, at: SimTime, event: Event) {
        self.queue.push(at, event);
    }

    /// The instant up to which everything has happened.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The scenario's clock.
    pub fn calendar(&self) -> &Calendar {
        &self.blueprint.calendar
    }

    /// A fingerprint of everything that happened: equal for equal runs.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.events
    }
}

/// By the time that a visitor goes on, they are in no cache. Of all whose time comes within a quarter of a second something is
/// read at once: the processor fetches many of them side by side.
#[inline]
fn fetch(visitors: &Slab<Visitor>, event: Event) {
    if let Event::Think(visitor) | Event::Again(visitor) | Event::Impatient(visitor, _) = event {
        std::hint::black_box(visitors.peek(visitor).touch());
    }
}

fn names(scenario: &Scenario, blueprint: &Blueprint) -> Names {
    let components = &scenario.components;
    Names {
        web: components.web.name.clone(),
        namespace: components.web.namespace.clone(),
        balancer: components.load_balancer.name.clone(),
        cache: components.cache.name.clone(),
        pooler: components.pooler.name.clone(),
        databases: blueprint
            .databases
            .iter()
            .map(|&index| components.databases[index].name.clone())
            .collect(),
    }
}

/// A finding that has no line of its own.
pub(super) fn diagnostic(file: &str, message: String) -> Diagnostic {
    Diagnostic { file: file.to_owned(), line: 1, column: 1, message, expected: None, nearest: None }
}
