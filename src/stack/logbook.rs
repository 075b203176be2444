//! What the shop's components write into their logs, and which of the requests are kept as traces.

use crate::kernel::Span;
use crate::postgres::server::Failure;
use crate::telemetry::{
    Level, Logs, SourceId, SourceKindId, SpanIndex, Telemetry, TemplateId, TraceOutcome, Traces,
};

use super::blueprint::Blueprint;
use super::request::{Client, Host, Request};
use super::requests::status;
use super::slab::Id;
use super::spans::SpanNames;
use super::world::World;

/// One ordinary request in so many is kept as a trace.
const ONE_TRACE_IN: u64 = 400;
/// One access-log line in so many requests: the log pipeline samples what succeeds.
const ONE_ACCESS_LINE_IN: u64 = 8;
/// A request that takes longer is kept as slow.
const SLOW_TRACE: Span = Span::from_secs(2);
/// Traces of slow and failed requests that are put together in one second; the rest would be dropped anyway.
const TAIL_TRACES_PER_SECOND: u32 = 6;

/// Names of the kinds of log sources.
pub(crate) const KIND_BALANCER: &str = "lb";
/// The web pods.
pub(crate) const KIND_WEB: &str = "web";
/// The pooler.
pub(crate) const KIND_POOLER: &str = "pgbouncer";
/// The database servers.
pub(crate) const KIND_POSTGRES: &str = "postgres";
/// Background workers.
pub(crate) const KIND_WORKER: &str = "worker";

/// Numbers of sources and templates.
#[derive(Clone, Debug)]
pub(crate) struct LogBook {
    web_kind: SourceKindId,
    balancer: SourceId,
    pooler: SourceId,
    worker: SourceId,
    pub(crate) databases: Vec<SourceId>,
    pods: Vec<SourceId>,
    templates: Templates,
    /// Interned: method and path by endpoint.
    routes: Vec<u64>,
    /// Interned: names of queries, pools, jobs, external services, pods (by place).
    queries: Vec<u64>,
    pools: Vec<u64>,
    jobs: Vec<u64>,
    externals: Vec<u64>,
    pod_words: Vec<u64>,
    no_pod: u64,
    failures: Vec<(Failure, u64)>,
    spans: SpanNames,
    answers: u64,
    tail: (u64, u32),
}

#[derive(Clone, Debug)]
struct Templates {
    access: TemplateId,
    access_failed: TemplateId,
    client_gone: TemplateId,
    upstream_timeout: TemplateId,
    no_upstream: TemplateId,
    connect_failed: TemplateId,
    query_failed: TemplateId,
    pool_timeout: TemplateId,
    pool_full: TemplateId,
    pooler_timeout: TemplateId,
    external_failed: TemplateId,
    job_failed: TemplateId,
}

impl LogBook {
    pub(crate) fn new(
        blueprint: &Blueprint,
        names: &super::world::Names,
        database_names: &[String],
        telemetry: &mut Telemetry,
    ) -> LogBook {
        telemetry.traces = Traces::new(1, SLOW_TRACE);
        let logs = &mut telemetry.logs;
        let source = |logs: &mut Logs, kind: &str, name: &str| {
            let kind = logs.kind(kind);
            logs.source(kind, name)
        };
        LogBook {
            web_kind: logs.kind(KIND_WEB),
            balancer: source(logs, KIND_BALANCER, &names.balancer),
            pooler: source(logs, KIND_POOLER, &names.pooler),
            worker: source(logs, KIND_WORKER, "worker"),
            databases: names.databases.iter().map(|name| source(logs, KIND_POSTGRES, name)).collect(),
            pods: Vec::new(),
            templates: templates(logs),
            routes: blueprint
                .endpoints
                .iter()
                .map(|endpoint| logs.intern(&format!("{} {}", endpoint.method.word(), endpoint.path)))
                .collect(),
            queries: blueprint.queries.iter().map(|query| logs.intern(&query.name)).collect(),
            pools: blueprint.pools.iter().map(|pool| logs.intern(&pool.name)).collect(),
            jobs: blueprint.jobs.iter().map(|job| logs.intern(&job.name)).collect(),
            externals: blueprint.externals.iter().map(|external| logs.intern(&external.name)).collect(),
            pod_words: Vec::new(),
            no_pod: logs.intern("-"),
            failures: FAILURES.iter().map(|failure| (*failure, logs.intern(failure.message()))).collect(),
            spans: SpanNames::new(blueprint, names, database_names, &mut telemetry.traces),
            answers: 0,
            tail: (0, 0),
        }
    }

    /// Registers a pod at its place.
    pub(crate) fn add_pod(&mut self, telemetry: &mut Telemetry, place: usize, name: &str) {
        let source = telemetry.logs.source(self.web_kind, name);
        let word = telemetry.logs.intern(name);
        let note = super::spans::pod(&mut telemetry.traces, name);
        if place < self.pods.len() {
            self.pods[place] = source;
            self.pod_words[place] = word;
            self.spans.pods[place] = note;
        } else {
            self.pods.push(source);
            self.pod_words.push(word);
            self.spans.pods.push(note);
        }
    }

    fn failure_word(&self, failure: Failure) -> u64 {
        self.failures.iter().find(|(known, _)| *known == failure).map_or(self.no_pod, |(_, word)| *word)
    }
}

const FAILURES: [Failure; 8] = [
    Failure::StatementTimeout,
    Failure::Cancelled,
    Failure::Terminated,
    Failure::LockTimeout,
    Failure::Deadlock,
    Failure::AbortedTransaction,
    Failure::IdleTimeout,
    Failure::Error,
];

fn templates(logs: &mut Logs) -> Templates {
    Templates {
        access: logs.template(Level::Info, "{0:str} {1:int} {2:s} upstream={3:str}"),
        access_failed: logs.template(Level::Warn, "{0:str} {1:int} {2:s} upstream={3:str}"),
        client_gone: logs.template(Level::Info, "{0:str} 499 {1:s} upstream={2:str}"),
        upstream_timeout: logs.template(
            Level::Error,
            "upstream timed out (110: Connection timed out) while reading response header from upstream, request: \"{0:str}\", upstream: {1:str}",
        ),
        no_upstream: logs.template(Level::Error, "no live upstreams while connecting to upstream, request: \"{0:str}\""),
        connect_failed: logs.template(
            Level::Error,
            "connect() failed (111: Connection refused) while connecting to upstream, request: \"{0:str}\"",
        ),
        query_failed: logs.template(
            Level::Error,
            "{0:str} failed: DatabaseError: {1:str} (query={2:str}, after {3:ms} ms)",
        ),
        pool_timeout: logs.template(
            Level::Error,
            "{0:str} failed: PoolTimeout: query_wait_timeout: no connection from pool \"{1:str}\" after {2:ms} ms",
        ),
        pool_full: logs.template(
            Level::Error,
            "{0:str} failed: PoolError: no more connections allowed (pool \"{1:str}\")",
        ),
        pooler_timeout: logs.template(
            Level::Warn,
            "closing because: query_wait_timeout (pool={0:str}, waited {1:s} s)",
        ),
        external_failed: logs.template(Level::Error, "{0:str} failed: UpstreamError: {1:str} did not answer as it should"),
        job_failed: logs.template(Level::Error, "job {0:str} failed: DatabaseError: {1:str} (query={2:str})"),
    }
}

impl World {
    /// A request's client was answered: metrics, access log, trace.
    pub(super) fn observe_answer(&mut self, id: Id, code: u16) {
        let request = self.requests[id];
        let took = self.now.since(request.born) + self.balancer.overhead;
        let endpoint = usize::from(request.endpoint);
        self.meters.answer(&mut self.telemetry.metrics, endpoint, code, took);
        self.book.answers += 1;
        let pod = match request.host {
            Host::Worker(pod, _) | Host::Queue(pod) => self.book.pod_words[usize::from(pod)],
            Host::Nowhere | Host::Jobs(_) => self.book.no_pod,
        };
        let route = self.book.routes[endpoint];
        let templates = &self.book.templates;
        let sampled = self.book.answers.is_multiple_of(ONE_ACCESS_LINE_IN);
        let balancer = self.book.balancer;
        let logs = &mut self.telemetry.logs;
        match code {
            status::OK if !sampled => {}
            status::OK => {
                logs.push(self.now, balancer, templates.access, [route, u64::from(code), took.0, pod])
            }
            status::CLIENT_GONE => {
                logs.push(self.now, balancer, templates.client_gone, [route, took.0, pod, 0])
            }
            _ => {
                let why = match code {
                    status::GATEWAY_TIMEOUT => Some(templates.upstream_timeout),
                    status::UNAVAILABLE => Some(templates.no_upstream),
                    status::BAD_GATEWAY => Some(templates.connect_failed),
                    _ => None,
                };
                if let Some(why) = why {
                    logs.push(self.now, balancer, why, [route, pod, 0, 0]);
                }
                logs.push(self.now, balancer, templates.access_failed, [route, u64::from(code), took.0, pod]);
            }
        }
        self.trace(&request, id, code, took);
    }

    fn trace(&mut self, request: &Request, id: Id, code: u16, took: Span) {
        let notable = code != status::OK || took > SLOW_TRACE;
        if notable {
            let second = self.now.as_secs();
            if self.book.tail.0 != second {
                self.book.tail = (second, 0);
            }
            self.book.tail.1 += 1;
            if self.book.tail.1 > TAIL_TRACES_PER_SECOND {
                return;
            }
        } else if !self.book.answers.is_multiple_of(ONE_TRACE_IN) {
            return;
        }
        let traces = &mut self.telemetry.traces;
        let names = &self.book.spans;
        let trace = traces.begin(request.born, names.endpoints[usize::from(request.endpoint)]);
        if let Host::Worker(pod, _) | Host::Queue(pod) = request.host {
            traces.note(trace, SpanIndex::ROOT, names.pods[usize::from(pod)]);
        }
        traces.answer(trace, SpanIndex::ROOT, code);
        let marks = &self.marks[id.slot as usize][..usize::from(request.marks)];
        names.record(traces, trace, request.born, marks);
        let outcome = match code {
            status::OK => TraceOutcome::Ok,
            status::CLIENT_GONE | status::GATEWAY_TIMEOUT => TraceOutcome::TimedOut,
            _ => TraceOutcome::Failed,
        };
        traces.finish(trace, self.now, outcome);
    }

    /// A query was answered, well or not; the time includes the wait for a connection.
    #[inline]
    pub(super) fn observe_query(&mut self, query: u16, took: Span, failed: bool) {
        self.telemetry.metrics.observe(self.meters.queries[usize::from(query)], took);
        if failed {
            self.telemetry.metrics.add(self.meters.query_errors[usize::from(query)], 1);
        }
    }

    /// Where a request's own lines go, and what it is called there.
    fn voice(&self, id: Id) -> (SourceId, u64) {
        let request = &self.requests[id];
        match (request.client, request.host) {
            (Client::Job(kind), _) => (self.book.worker, self.book.jobs[usize::from(kind)]),
            (_, Host::Worker(pod, _)) => {
                (self.book.pods[usize::from(pod)], self.book.routes[usize::from(request.endpoint)])
            }
            _ => (self.book.balancer, self.book.routes[usize::from(request.endpoint)]),
        }
    }

    pub(super) fn log_query_failure(&mut self, id: Id, query: u16, failure: Failure) {
        let (source, what) = self.voice(id);
        let took = self.now.since(self.requests[id].step_since);
        let (query, why) = (self.book.queries[usize::from(query)], self.book.failure_word(failure));
        let job = matches!(self.requests[id].client, Client::Job(_));
        let logs = &mut self.telemetry.logs;
        if job {
            logs.push(self.now, source, self.book.templates.job_failed, [what, why, query, 0]);
        } else {
            logs.push(self.now, source, self.book.templates.query_failed, [what, why, query, took.0]);
        }
    }

    pub(super) fn log_pool_timeout(&mut self, id: Id, pool: u8) {
        let (source, what) = self.voice(id);
        let waited = self.now.since(self.requests[id].step_since).0;
        let pool = self.book.pools[usize::from(pool)];
        let templates = &self.book.templates;
        let logs = &mut self.telemetry.logs;
        logs.push(self.now, source, templates.pool_timeout, [what, pool, waited, 0]);
        logs.push(self.now, self.book.pooler, templates.pooler_timeout, [pool, waited, 0, 0]);
    }

    pub(super) fn log_pool_refusal(&mut self, id: Id, pool: u8) {
        let (source, what) = self.voice(id);
        let args = [what, self.book.pools[usize::from(pool)], 0, 0];
        self.telemetry.logs.push(self.now, source, self.book.templates.pool_full, args);
    }

    pub(super) fn log_login_failure(&mut self, pool: u8, message: &str) {
        let text = format!(
            "pool {}: server login failed: FATAL {message}",
            self.blueprint.pools[usize::from(pool)].name
        );
        self.telemetry.logs.push_text(self.now, self.book.pooler, Level::Error, &text);
    }

    pub(super) fn log_external_failure(&mut self, id: Id, service: u8) {
        let (source, what) = self.voice(id);
        let args = [what, self.book.externals[usize::from(service)], 0, 0];
        self.telemetry.logs.push(self.now, source, self.book.templates.external_failed, args);
    }

    /// The noisy pod writes its line.
    #[cold]
    pub(super) fn on_noise(&mut self) {
        let Some(noisy) = &self.blueprint.noisy else { return };
        let (every, text) = (noisy.every, noisy.log.clone());
        if let Some(&source) = self.book.pods.get(noisy.pod as usize) {
            self.telemetry.logs.push_text(self.now, source, Level::Warn, &text);
        }
        self.schedule(self.now + every, super::event::Event::Noise);
    }
}
