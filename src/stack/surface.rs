//! The world as tools see it: views to read, and the few levers that operators have.

use crate::kernel::{SimTime, Span, thousands};
use crate::postgres::server::Server;
use crate::telemetry::Telemetry;

use super::cluster::MAX_REPLICAS;
use super::event::source;
use super::operations::Work;
use super::pods::Pod;
use super::request::Host;
use super::view::{
    CacheView, ComponentKind, DeploymentView, EventKind, EventView, Health, Impact, Intents, JobQueueView,
    KubeNodeView, NodeView, OperationId, OperationView, PodPhase, PodView, PoolClientView, PoolView,
    RevisionView, SignalKind, SignalSeries, Which,
};
use super::world::World;

/// Share of a pool's or server's capacity in use from which it counts as degraded.
const BUSY: f64 = 0.9;
/// Share of good page views below which the shop counts as down.
const DOWN_BELOW: f64 = 0.5;
/// The stretch that health is judged by.
const HEALTH_WINDOW_S: usize = 30;
/// Memory of a pod: what it starts with, and what each busy worker adds, in MiB.
const POD_MEMORY_MIB: (u32, u32) = (420, 9);
/// Memory of a Kubernetes node, in MiB; its cores in thousandths.
const NODE_CAPACITY: (u32, u32) = (32_768, 16_000);
/// What runs on a node besides the pods, in MiB and thousandths of a core.
const NODE_OVERHEAD: (u32, u32) = (1_900, 240);

impl World {
    /// A database server.
    pub fn database(&self, which: Which) -> &Server {
        let place = self.place_of(which);
        &self.databases[place]
    }

    /// A database server, to talk to as a client does.
    pub fn database_mut(&mut self, which: Which) -> &mut Server {
        let place = self.place_of(which);
        &mut self.databases[place]
    }

    fn place_of(&self, which: Which) -> usize {
        match which {
            Which::Primary => 0,
            Which::Replica => 1.min(self.databases.len() - 1),
        }
    }

    /// The name of a database server: `pg-1`.
    pub fn database_name(&self, which: Which) -> &str {
        &self.names.databases[self.place_of(which)]
    }

    /// Metrics, logs, traces and alerts.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// The same, for tools that register words or acknowledge.
    pub fn telemetry_mut(&mut self) -> &mut Telemetry {
        &mut self.telemetry
    }

    /// How the shop does as its visitors see it, by the page views of the last half minute.
    pub fn health(&self) -> Health {
        let last = self.signals.len();
        let good = self.signals.good_ratio(last.saturating_sub(HEALTH_WINDOW_S), last);
        if good < DOWN_BELOW {
            Health::Down
        } else if good < self.blueprint.objective {
            Health::Degraded
        } else {
            Health::Healthy
        }
    }

    /// What the incident has cost so far, within the scenario's window of impact.
    pub fn impact(&self) -> Impact {
        self.signals.impact
    }

    /// What it had cost at the end of the second before `at`.
    pub fn impact_at(&self, at: SimTime) -> Impact {
        self.signals.impact_until(at)
    }

    /// Requests that reached the load balancer, and those answered: the difference is under way.
    pub fn requests(&self) -> (u64, u64) {
        (self.sent, self.answered)
    }

    /// Requests that the load balancer took and hasn't answered.
    pub fn in_flight(&self) -> u64 {
        let waits = |request: &super::request::Request| {
            use super::request::Client;
            !request.answered && matches!(request.client, Client::Visitor(..) | Client::Curl(_))
        };
        self.requests.iter().filter(|(_, request)| waits(request)).count() as u64
    }

    /// Visitors who arrived so far, and those in the shop now.
    pub fn visitors(&self) -> (u64, u64) {
        (self.visitors.arrived(), self.visitors.all.len() as u64)
    }

    /// What those who arrived so far came for.
    pub fn intents(&self) -> Intents {
        self.visitors.intents
    }

    /// Whether the objective was met in every whole minute of the last `window`; false before that much has passed.
    pub fn slo_met(&self, window: Span) -> bool {
        let minutes = window.as_secs().div_ceil(60).max(1) as usize;
        let last = self.signals.len();
        if last < minutes * 60 {
            return false;
        }
        let good = |minute: usize| self.signals.good_ratio(last - (minute + 1) * 60, last - minute * 60);
        (0..minutes).all(|minute| good(minute) >= self.blueprint.objective)
    }

    /// One golden signal from `from` to `to`, a value for each `step` (whole seconds).
    pub fn series(&self, kind: SignalKind, from: SimTime, to: SimTime, step: Span) -> SignalSeries {
        self.signals.series(kind, from, to, step)
    }

    /// The pooler's pools.
    pub fn pools(&self) -> Vec<PoolView> {
        let views = self.pools.iter().zip(&self.blueprint.pools).map(|(pool, plan)| PoolView {
            name: plan.name.clone(),
            server: self.names.databases[usize::from(plan.database)].clone(),
            clients_active: pool.active() as u32,
            clients_waiting: pool.waiting() as u32,
            servers_active: pool.active() as u32,
            servers_idle: pool.idle() as u32,
            pool_size: pool.size() as u32,
            longest_wait: pool.longest_wait(self.now),
            wait_timeout: pool.wait_timeout,
            timeouts: pool.timeouts + pool.refused,
            queries: pool.queries,
            query_time: pool.query_time,
            wait_time: pool.wait_time,
        });
        views.collect()
    }

    /// The pooler's clients that have a server connection or wait for one.
    pub fn pool_clients(&self) -> Vec<PoolClientView> {
        let mut found = Vec::new();
        for (pool, plan) in self.pools.iter().zip(&self.blueprint.pools) {
            let database = &self.databases[usize::from(plan.database)];
            let mut push = |id, waits, server_pid, since| {
                let host = self.requests.get(id).map(|request| request.host);
                let address = match host {
                    Some(Host::Worker(pod, _) | Host::Queue(pod)) => {
                        Some(self.pods[usize::from(pod)].ip.clone())
                    }
                    _ => None,
                };
                let since = self.now.since(since);
                found.push(PoolClientView { pool: plan.name.clone(), address, server_pid, waits, since });
            };
            for (id, backend, since) in pool.users() {
                let pid = backend.and_then(|backend| database.backend(backend)).map(|backend| backend.pid);
                push(id, false, pid, since);
            }
            pool.line().for_each(|(id, since)| push(id, true, None, since));
        }
        found
    }

    /// The product cache.
    pub fn cache(&self) -> CacheView {
        let (hits, lookups) = self.tick.hit_rate;
        CacheView {
            name: self.names.cache.clone(),
            keys: self.cache.len() as u64,
            capacity_keys: self.cache.capacity() as u64,
            hits: self.cache.hits,
            misses: self.cache.misses,
            hit_ratio: if lookups > 0.0 { hits / lookups } else { 0.0 },
            ttl: self.cache.ttl(),
            latency: self.cache_latency,
            fills: self.cache.fills,
            evictions: self.cache.evictions,
        }
    }

    /// The cache's kinds of keys: name, keys held, how long one lives. Counts every key held.
    pub fn cache_spaces(&self) -> Vec<(String, u64, Span)> {
        let held = self.cache.held_by_space().into_iter();
        held.zip(&self.blueprint.spaces).map(|(held, plan)| (plan.name.clone(), held, plan.ttl)).collect()
    }

    /// Empties the product cache.
    pub fn flush_cache(&mut self) {
        self.cache.flush();
    }

    /// Queues of background work.
    pub fn job_queues(&self) -> Vec<JobQueueView> {
        let views = self.jobs.kinds.iter().zip(&self.blueprint.jobs).map(|(queue, plan)| JobQueueView {
            name: plan.name.clone(),
            waiting: queue.waiting.len() as u64,
            running: queue.running,
            workers: plan.concurrency,
            done: queue.done,
            failed: queue.failed,
            oldest: queue.waiting.first().map_or(Span::ZERO, |(due, ())| self.now.since(due)),
        });
        views.collect()
    }

    /// Calls of external services and their failures, by name.
    pub fn externals(&self) -> Vec<(String, u64, u64)> {
        let plans = self.blueprint.externals.iter().enumerate();
        plans
            .map(|(index, plan)| {
                let (calls, failures) = self.externals.counts(index);
                (plan.name.clone(), calls, failures)
            })
            .collect()
    }

    /// The deployments.
    pub fn deployments(&self) -> Vec<DeploymentView> {
        let wanted = self.cluster.wanted();
        let alive = || self.pods.iter().filter(|pod| pod.exists && pod.phase != PodPhase::Terminating);
        vec![DeploymentView {
            name: self.cluster.deployment.clone(),
            desired: self.cluster.desired,
            current: alive().count() as u32,
            ready: alive().filter(|pod| pod.ready).count() as u32,
            up_to_date: alive().filter(|pod| pod.revision == wanted.number).count() as u32,
            age: self.cluster.age(self.now),
            image: format!("{}:{}", self.cluster.image, wanted.tag),
            revision: wanted.number,
            env: wanted.env.clone(),
            rolling_out: !self.rolled_out(),
            selector: format!("app={}", self.cluster.deployment),
        }]
    }

    /// The pods, in the order of their places.
    pub fn pods(&self) -> Vec<PodView> {
        self.pods.iter().filter(|pod| pod.exists).map(|pod| self.pod_view(pod)).collect()
    }

    fn pod_view(&self, pod: &Pod) -> PodView {
        let revision = self.cluster.revisions.iter().find(|revision| revision.number == pod.revision);
        let requests = pod.requests_per_s;
        let busy = pod.busy_workers() as u32;
        PodView {
            name: pod.name.clone(),
            deployment: self.cluster.deployment.clone(),
            template_hash: pod.template_hash.clone(),
            revision: pod.revision,
            image: revision
                .map_or_else(String::new, |revision| format!("{}:{}", self.cluster.image, revision.tag)),
            node: self.cluster.nodes[usize::from(pod.node)].clone(),
            ip: pod.ip.clone(),
            phase: pod.phase,
            ready: pod.ready,
            restarts: pod.restarts,
            age: pod.age_before + self.now.since(pod.created),
            started_at: pod.started,
            cpu_millicores: (pod.busy_cores * 1000.0) as u32,
            cpu_limit_millicores: (pod.cpu.cores() * 1000.0) as u32,
            memory_mib: (POD_MEMORY_MIB.0 + POD_MEMORY_MIB.1 * busy).min(self.cluster.memory_mib),
            memory_limit_mib: self.cluster.memory_mib,
            busy_workers: busy,
            workers: pod.workers() as u32,
            accept_queue: pod.queued() as u32,
            accept_queue_limit: pod.accept_limit() as u32,
            requests_per_s: requests,
            error_ratio: if requests > 0.0 { pod.errors_per_s / requests } else { 0.0 },
            failed_probes: pod.failures,
            env: revision.map_or_else(Vec::new, |revision| revision.env.clone()),
        }
    }

    /// The machines of the cluster.
    pub fn nodes(&self) -> Vec<KubeNodeView> {
        let node = |(place, name): (usize, &String)| {
            let here = || self.pods.iter().filter(move |pod| pod.exists && usize::from(pod.node) == place);
            let memory: u32 = here().map(|pod| self.pod_view(pod).memory_mib).sum();
            let cpu: f64 = here().map(|pod| pod.busy_cores * 1000.0).sum();
            KubeNodeView {
                name: name.clone(),
                ready: true,
                unschedulable: self.cluster.cordoned[place],
                age: self.cluster.age(self.now),
                cpu_capacity_millicores: NODE_CAPACITY.1,
                cpu_millicores: cpu as u32 + NODE_OVERHEAD.1,
                memory_capacity_mib: NODE_CAPACITY.0,
                memory_mib: memory + NODE_OVERHEAD.0,
                pods: here().map(|pod| pod.name.clone()).collect(),
            }
        };
        self.cluster.nodes.iter().enumerate().map(node).collect()
    }

    /// Kubernetes events, oldest first.
    pub fn kube_events(&self) -> Vec<EventView> {
        let mut events: Vec<EventView> = self.cluster.events.iter().cloned().collect();
        events.sort_by_key(|event| event.at);
        events
    }

    /// The revisions of a deployment, oldest first.
    pub fn rollout_history(&self) -> Vec<RevisionView> {
        let view = |revision: &super::cluster::Revision| RevisionView {
            revision: revision.number,
            image: format!("{}:{}", self.cluster.image, revision.tag),
            change_cause: revision.cause.clone(),
        };
        self.cluster.revisions.iter().map(view).collect()
    }

    fn known(&self, deployment: &str) -> Result<(), String> {
        if deployment == self.cluster.deployment {
            return Ok(());
        }
        Err(format!("deployments.apps \"{deployment}\" not found"))
    }

    /// Asks for this many pods.
    ///
    /// # Errors
    /// There is no such deployment, or the cluster has no room for so many.
    pub fn scale(&mut self, deployment: &str, replicas: u32) -> Result<OperationId, String> {
        self.known(deployment)?;
        if replicas > MAX_REPLICAS {
            return Err(format!(
                "the cluster has room for {MAX_REPLICAS} pods of {deployment}, not {replicas}"
            ));
        }
        self.cluster.desired = replicas;
        let object = format!("deployment/{deployment}");
        let message = format!("Scaled replica set {deployment}-{} to {replicas}", self.cluster.wanted().hash);
        self.cluster.note(self.now, EventKind::Normal, "ScalingReplicaSet", object, message);
        Ok(self.operations.start(
            self.now,
            format!("scale {deployment} to {replicas}"),
            Work::Scale(replicas),
        ))
    }

    /// Deletes a pod: it drains, and the deployment starts another.
    ///
    /// # Errors
    /// There is no such pod.
    pub fn delete_pod(&mut self, name: &str) -> Result<(), String> {
        let found = self.pods.iter().position(|pod| pod.exists && pod.name == name);
        let at = found.ok_or_else(|| format!("pods \"{name}\" not found"))?;
        if self.pods[at].phase != PodPhase::Terminating {
            self.terminate_pod(at as u16);
        }
        self.sources.set(source::PODS + at, self.pods[at].cpu.next_or_never());
        Ok(())
    }

    /// `kubectl cordon` and `uncordon`: whether a node takes no new pods. Those on it stay.
    ///
    /// # Errors
    /// There is no such node, or it is the last one that takes pods.
    pub fn cordon(&mut self, node: &str, cordoned: bool) -> Result<(), String> {
        let found = self.cluster.nodes.iter().position(|known| known == node);
        let place = found.ok_or_else(|| format!("nodes \"{node}\" not found"))?;
        let others = self.cluster.cordoned.iter().enumerate().any(|(other, taken)| other != place && !taken);
        if cordoned && !others {
            return Err(
                "admission webhook \"capacity\" denied the request: one node must stay schedulable".into()
            );
        }
        self.cluster.cordoned[place] = cordoned;
        Ok(())
    }

    /// `kubectl rollout restart`.
    ///
    /// # Errors
    /// There is no such deployment.
    pub fn rollout_restart(&mut self, deployment: &str) -> Result<OperationId, String> {
        self.known(deployment)?;
        let revision = self.roll_out(None, None, "kubectl rollout restart".to_owned());
        Ok(self.follow_rollout(deployment, revision))
    }

    /// `kubectl rollout undo`, to the revision before the newest or to a given one.
    ///
    /// # Errors
    /// There is no such deployment or revision.
    pub fn rollout_undo(&mut self, deployment: &str, to: Option<u32>) -> Result<OperationId, String> {
        self.known(deployment)?;
        let revisions = &self.cluster.revisions;
        let target = match to {
            Some(number) => revisions.iter().find(|revision| revision.number == number).cloned(),
            None => revisions.len().checked_sub(2).map(|place| revisions[place].clone()),
        };
        let Some(target) = target else {
            return Err(match to {
                Some(number) => format!("unable to find specified revision {number} in history"),
                None => format!("no rollout history found for deployment \"{deployment}\""),
            });
        };
        let cause = format!("kubectl rollout undo (to revision {})", target.number);
        let revision = self.roll_out(Some(target.tag), Some(target.env), cause);
        Ok(self.follow_rollout(deployment, revision))
    }

    /// `kubectl set env`: an empty value takes the variable away.
    ///
    /// # Errors
    /// There is no such deployment.
    pub fn set_env(&mut self, deployment: &str, name: &str, value: &str) -> Result<OperationId, String> {
        self.known(deployment)?;
        let mut env = self.cluster.wanted().env.clone();
        env.retain(|(known, _)| known != name);
        if !value.is_empty() {
            env.push((name.to_owned(), value.to_owned()));
        }
        let revision = self.roll_out(None, Some(env), format!("kubectl set env {name}={value}"));
        Ok(self.follow_rollout(deployment, revision))
    }

    fn follow_rollout(&mut self, deployment: &str, revision: u32) -> OperationId {
        self.operations.start(
            self.now,
            format!("rollout of {deployment} revision {revision}"),
            Work::RollOut(revision),
        )
    }

    /// How an operation stands.
    pub fn operation(&self, id: OperationId) -> Option<OperationView> {
        self.operations.get(id).map(|operation| operation.view.clone())
    }

    /// All operations, oldest first.
    pub fn operations(&self) -> Vec<OperationView> {
        self.operations.iter().map(|operation| operation.view.clone()).collect()
    }

    /// Once a second: rollouts and scalings tell how far they are.
    pub(super) fn follow_operations(&mut self) {
        for id in self.operations.running() {
            let Some(work) = self.operations.get(id).map(|operation| operation.work.clone()) else {
                continue;
            };
            match work {
                Work::RollBack(_) => {}
                Work::RollOut(revision) => self.follow_pods(id, Some(revision), self.cluster.desired),
                Work::Scale(replicas) => self.follow_pods(id, None, replicas),
            }
        }
    }

    fn follow_pods(&mut self, id: OperationId, revision: Option<u32>, replicas: u32) {
        let superseded = match revision {
            Some(revision) => revision != self.cluster.wanted().number,
            None => replicas != self.cluster.desired,
        };
        if superseded {
            let why = "superseded by a later request".to_owned();
            return self.operations.finish(self.now, id, Some(why));
        }
        let counts =
            |pod: &&Pod| pod.exists && pod.ready && revision.is_none_or(|revision| pod.revision == revision);
        let ready = self.pods.iter().filter(counts).count();
        self.operations.progress(id, ready as f64 / f64::from(replicas.max(1)));
        if self.rolled_out() && ready == replicas as usize {
            self.operations.finish(self.now, id, None);
        }
    }

    /// Every component, in the order in which a request meets them.
    pub fn topology(&self) -> Vec<NodeView> {
        let names = &self.names;
        let web = self.cluster.deployment.clone();
        let mut nodes = vec![
            self.node("visitors", ComponentKind::Visitors, self.health(), vec![names.balancer.clone()]),
            self.node(
                &names.balancer,
                ComponentKind::LoadBalancer,
                self.balancer_health(),
                vec![web.clone()],
            ),
            self.web_node(&web),
            self.node(&names.cache, ComponentKind::Cache, Health::Healthy, Vec::new()),
            self.node(
                &names.pooler,
                ComponentKind::ConnectionPool,
                self.pooler_health(),
                names.databases.clone(),
            ),
        ];
        for (place, name) in names.databases.iter().enumerate() {
            let kind = if place == 0 { ComponentKind::Primary } else { ComponentKind::Replica };
            let edges = if place == 0 { names.databases[1..].to_vec() } else { Vec::new() };
            nodes.push(self.node(name, kind, self.database_health(place), edges));
        }
        for external in &self.blueprint.externals {
            nodes.push(self.node(&external.name, ComponentKind::Payment, Health::Healthy, Vec::new()));
        }
        nodes.push(self.node("worker", ComponentKind::Jobs, self.jobs_health(), vec![names.pooler.clone()]));
        for node in &mut nodes {
            node.detail = self.detail(node);
        }
        nodes
    }

    fn node(&self, name: &str, kind: ComponentKind, health: Health, edges: Vec<String>) -> NodeView {
        NodeView { name: name.to_owned(), kind, health, detail: String::new(), instances: Vec::new(), edges }
    }

    fn web_node(&self, name: &str) -> NodeView {
        let health = |pod: &Pod| match (pod.phase, pod.ready, pod.failures) {
            (PodPhase::Running, true, 0) if pod.queued() == 0 => Health::Healthy,
            (PodPhase::Running, true, _) => Health::Degraded,
            _ => Health::Down,
        };
        let instances: Vec<Health> = self.pods.iter().filter(|pod| pod.exists).map(health).collect();
        let down = instances.iter().filter(|health| **health == Health::Down).count();
        let overall = if down * 2 > instances.len() {
            Health::Down
        } else if instances.iter().any(|health| *health != Health::Healthy) {
            Health::Degraded
        } else {
            Health::Healthy
        };
        let mut edges = vec![self.names.cache.clone(), self.names.pooler.clone()];
        edges.extend(self.blueprint.externals.iter().map(|external| external.name.clone()));
        NodeView { instances, ..self.node(name, ComponentKind::Web, overall, edges) }
    }

    fn balancer_health(&self) -> Health {
        let last = self.signals.len();
        let from = SimTime::from_secs(last.saturating_sub(HEALTH_WINDOW_S) as u64);
        let window = Span::from_secs(HEALTH_WINDOW_S as u64);
        let series =
            self.signals.series(SignalKind::ErrorRatio, from, SimTime::from_secs(last as u64), window);
        match series.values.first() {
            Some(ratio) if *ratio > DOWN_BELOW => Health::Down,
            Some(ratio) if *ratio > 1.0 - self.blueprint.objective => Health::Degraded,
            _ => Health::Healthy,
        }
    }

    fn pooler_health(&self) -> Health {
        let waiting = self.pools.iter().any(|pool| pool.longest_wait(self.now) > Span::SECOND);
        let full = self.pools.iter().any(|pool| pool.active() >= pool.size() && pool.waiting() > 0);
        if waiting {
            Health::Down
        } else if full {
            Health::Degraded
        } else {
            Health::Healthy
        }
    }

    fn database_health(&self, place: usize) -> Health {
        let server = &self.databases[place];
        let (clients, active) = server.connections();
        let saturated = self.tick.cpu[place] > BUSY;
        let many = f64::from(active) > server.config().cores * 2.0;
        if saturated && many {
            Health::Down
        } else if saturated || f64::from(clients) > f64::from(server.config().max_connections) * BUSY {
            Health::Degraded
        } else {
            Health::Healthy
        }
    }

    fn jobs_health(&self) -> Health {
        let backed_up = self.jobs.kinds.iter().any(|queue| !queue.waiting.is_empty());
        if backed_up { Health::Degraded } else { Health::Healthy }
    }

    fn detail(&self, node: &NodeView) -> String {
        match node.kind {
            ComponentKind::Visitors => format!("{} in the shop", thousands(self.visitors.all.len() as u64)),
            ComponentKind::LoadBalancer => format!("{} open", thousands(self.in_flight())),
            ComponentKind::Web => {
                let ready = self.pods.iter().filter(|pod| pod.exists && pod.ready).count();
                format!("{ready}/{} ready", self.cluster.desired)
            }
            ComponentKind::Cache => format!("{:.0} % hits", 100.0 * self.cache().hit_ratio),
            ComponentKind::ConnectionPool => {
                let waiting: usize = self.pools.iter().map(super::pool::Pool::waiting).sum();
                format!("{} waiting", thousands(waiting as u64))
            }
            ComponentKind::Primary | ComponentKind::Replica => self.database_detail(&node.name),
            ComponentKind::Payment => {
                let calls = self.externals().into_iter().find(|(name, ..)| *name == node.name);
                calls.map_or_else(String::new, |(_, calls, _)| format!("{} calls", thousands(calls)))
            }
            ComponentKind::Jobs => {
                let waiting: usize = self.jobs.kinds.iter().map(|queue| queue.waiting.len()).sum();
                format!("{} waiting", thousands(waiting as u64))
            }
        }
    }

    fn database_detail(&self, name: &str) -> String {
        let Some(place) = self.names.databases.iter().position(|known| known == name) else {
            return String::new();
        };
        let server = &self.databases[place];
        let (_, active) = server.connections();
        let cpu = 100.0 * self.tick.cpu[place];
        if place == 0 {
            return format!("{active}/{} active · cpu {cpu:.0} %", server.config().max_connections);
        }
        let lag = super::tick::lag(&self.databases[0], place, self.now);
        format!("cpu {cpu:.0} % · lag {:.1} s", lag.as_secs_f64())
    }
}
