//! What the shop's requests leave in traces: the names of their spans, what is known of each by OpenTelemetry's semantic
//! conventions, and how the marks that a request carries become spans.

use super::addresses::{CACHE_PORT, POOLER_PORT};
use super::blueprint::{Blueprint, EndpointPlan, ExternalPlan, QueryPlan};
use super::request::{Mark, MarkKind};
use super::world::Names;
use crate::kernel::SimTime;
use crate::postgres::sql::operation_and_table;
use crate::telemetry::{ActiveTrace, Attribute, NameId, SpanIndex, SpanKind, Traces};

/// The registered names.
#[derive(Clone, Debug)]
pub(crate) struct SpanNames {
    pub(crate) endpoints: Vec<NameId>,
    queries: Vec<NameId>,
    externals: Vec<NameId>,
    queue: NameId,
    cpu: NameId,
    pool: NameId,
    lock: NameId,
    disk: NameId,
    hit: NameId,
    miss: NameId,
    backoff: NameId,
    /// By the place of the pod, as a note.
    pub(crate) pods: Vec<NameId>,
}

impl SpanNames {
    pub(crate) fn new(
        blueprint: &Blueprint,
        names: &Names,
        database_names: &[String],
        traces: &mut Traces,
    ) -> SpanNames {
        traces.set_resource(vec![
            Attribute::text("service.name", &names.web),
            Attribute::text("k8s.namespace.name", &names.namespace),
            Attribute::text("k8s.deployment.name", &names.web),
        ]);
        let of_query = |traces: &mut Traces, plan: &QueryPlan| {
            let pool = &blueprint.pools[usize::from(plan.pool)];
            query(traces, plan, &pool.name, &database_names[usize::from(pool.database)], names)
        };
        SpanNames {
            endpoints: blueprint.endpoints.iter().map(|plan| endpoint(traces, plan)).collect(),
            queries: blueprint.queries.iter().map(|plan| of_query(traces, plan)).collect(),
            externals: blueprint.externals.iter().map(|plan| external(traces, plan)).collect(),
            queue: traces.name("accept queue"),
            cpu: traces.name("app"),
            pool: traces.name("pool wait"),
            lock: traces.name("lock wait"),
            disk: traces.name("disk read"),
            hit: cache(traces, "GET (hit)", true, names),
            miss: cache(traces, "GET (miss)", false, names),
            backoff: traces.name("retry back-off"),
            pods: Vec::new(),
        }
    }

    /// Puts what a request marked into its trace.
    pub(crate) fn record(&self, traces: &mut Traces, trace: ActiveTrace, born: SimTime, marks: &[Mark]) {
        let (mut span, mut began, mut ended) = (SpanIndex::ROOT, born, born);
        for mark in marks {
            let Some((kind, name)) = self.step(mark) else {
                // The server tells how long it waited, not when: the waits are drawn from the query's start on, locks first.
                let locked = (began + mark.start.span()).min(ended);
                let read = (locked + mark.end.span()).min(ended);
                if locked > began {
                    traces.record(trace, span, SpanKind::LockWait, self.lock, began, locked);
                }
                if read > locked {
                    traces.record(trace, span, SpanKind::Disk, self.disk, locked, read);
                }
                continue;
            };
            (began, ended) = (born + mark.start.span(), born + mark.end.span());
            span = traces.record(trace, SpanIndex::ROOT, kind, name, began, ended);
            if mark.failed {
                traces.fail(trace, span);
            }
        }
    }

    /// The kind of a step's span and its name; `None` for the waits of the query before.
    fn step(&self, mark: &Mark) -> Option<(SpanKind, NameId)> {
        let detail = usize::from(mark.detail);
        Some(match mark.kind {
            MarkKind::Queue => (SpanKind::Queue, self.queue),
            MarkKind::Cpu => (SpanKind::Cpu, self.cpu),
            MarkKind::Cache if mark.detail & 0x80 != 0 => (SpanKind::Cache, self.hit),
            MarkKind::Cache => (SpanKind::Cache, self.miss),
            MarkKind::PoolWait => (SpanKind::PoolWait, self.pool),
            MarkKind::Query => (SpanKind::Query, self.queries[detail]),
            MarkKind::QueryWaits => return None,
            MarkKind::External => (SpanKind::External, self.externals[detail]),
            MarkKind::Backoff => (SpanKind::Backoff, self.backoff),
        })
    }
}

/// Registers a pod, as a note.
pub(crate) fn pod(traces: &mut Traces, name: &str) -> NameId {
    described(traces, name, vec![Attribute::text("k8s.pod.name", name)])
}

fn described(traces: &mut Traces, name: &str, attributes: Vec<Attribute>) -> NameId {
    let id = traces.name(name);
    traces.describe(id, attributes);
    id
}

fn endpoint(traces: &mut Traces, plan: &EndpointPlan) -> NameId {
    let attributes = vec![
        Attribute::text("http.request.method", plan.method.word()),
        Attribute::text("http.route", &plan.path),
    ];
    described(traces, &format!("{} {}", plan.method.word(), plan.path), attributes)
}

/// A query's name is what the application calls it, which is its summary by the conventions, and so its span's name.
fn query(traces: &mut Traces, plan: &QueryPlan, pool: &str, database: &str, names: &Names) -> NameId {
    let (operation, table) = operation_and_table(&plan.sql);
    let mut attributes = vec![
        Attribute::text("db.system.name", "postgresql"),
        Attribute::text("db.namespace", database),
        Attribute::text("db.operation.name", &operation),
    ];
    attributes.extend(table.map(|table| Attribute::text("db.collection.name", &table)));
    attributes.extend([
        Attribute::text("db.query.summary", &plan.name),
        Attribute::text("db.query.text", &plan.sql),
        Attribute::text("db.client.connection.pool.name", pool),
        Attribute::text("server.address", &names.pooler),
        Attribute::int("server.port", i64::from(POOLER_PORT)),
    ]);
    described(traces, &plan.name, attributes)
}

fn external(traces: &mut Traces, plan: &ExternalPlan) -> NameId {
    described(traces, &plan.name, vec![Attribute::text("server.address", &plan.name)])
}

fn cache(traces: &mut Traces, name: &str, hit: bool, names: &Names) -> NameId {
    let attributes = vec![
        Attribute::text("db.system.name", "redis"),
        Attribute::text("db.operation.name", "GET"),
        Attribute::text("server.address", &names.cache),
        Attribute::int("server.port", i64::from(CACHE_PORT)),
        Attribute::bool("cache.hit", hit),
    ];
    described(traces, name, attributes)
}
