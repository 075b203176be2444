//! What is done once a second: gauges, the golden signals, alert rules, the controllers of the cluster.

use crate::kernel::{SimTime, Span};
use crate::telemetry::Alerts;

use super::event::Event;
use super::world::World;

/// What the last second left behind, for differences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tick {
    cpu_busy_ns: [u64; super::event::MAX_DATABASES],
    disk_busy_ns: [u64; super::event::MAX_DATABASES],
    /// Share of the cores that were busy in the last second, by database server.
    pub(crate) cpu: [f64; super::event::MAX_DATABASES],
    hits: u64,
    misses: u64,
    /// Hits and lookups each second, averaged over about a minute.
    pub(crate) hit_rate: (f64, f64),
}

/// Weight of the last second in an average over about a minute.
const MINUTE_WEIGHT: f64 = 1.0 / 60.0;
/// How often the pooler looks whether its idle connections are still there, in seconds.
const CONNECTION_CHECK_S: u64 = 5;

impl World {
    /// A second is over.
    #[cold]
    pub(super) fn on_second(&mut self) {
        self.schedule(self.now + Span::SECOND, Event::Second);
        self.measure_databases();
        self.measure_pools();
        self.measure_pods();
        self.measure_cache_and_jobs();
        let waiting = self.pools.iter().map(|pool| pool.waiting() as u32).sum();
        let active = self.databases[0].connections().1;
        self.signals.second(self.tick.cpu[0], active, waiting);
        self.telemetry.metrics.set(self.meters.visitors, self.visitors.all.len() as f64);
        self.drain_server_logs();
        self.telemetry.metrics.scrape(self.now);
        if self.now.as_secs().is_multiple_of(Alerts::INTERVAL.as_secs()) {
            self.telemetry.alerts.evaluate(self.now, &self.telemetry.metrics);
        }
        if self.now.as_secs().is_multiple_of(CONNECTION_CHECK_S) {
            self.drop_dead_connections();
        }
        self.update_impact_window(self.now);
        self.follow_primary();
        self.reconcile();
        self.follow_operations();
    }

    fn measure_databases(&mut self) {
        let metrics = &mut self.telemetry.metrics;
        for (index, server) in self.databases.iter().enumerate() {
            let meters = &self.meters.databases[index];
            let cores = server.config().cores;
            let busy = server.cpu_busy_ns(self.now);
            let used = busy.saturating_sub(self.tick.cpu_busy_ns[index]) as f64 / 1e9;
            self.tick.cpu_busy_ns[index] = busy;
            self.tick.cpu[index] = (used / cores).clamp(0.0, 1.0);
            let (disk, _) = server.disk_busy_ns(self.now);
            let depth = server.config().disk_iops * server.config().disk_latency.as_secs_f64();
            let disk_used = disk.saturating_sub(self.tick.disk_busy_ns[index]) as f64 / 1e9 / depth.max(1e-9);
            self.tick.disk_busy_ns[index] = disk;
            let (clients, active) = server.connections();
            metrics.set(meters.active, f64::from(active));
            metrics.set(meters.idle, f64::from(clients.saturating_sub(active)));
            metrics.set(meters.cpu, used);
            metrics.set(meters.cores, cores);
            metrics.set(meters.load, server.load().0 as f64);
            metrics.set(meters.disk, disk_used.clamp(0.0, 1.0));
            metrics.set(meters.commits, server.counters().database.commits as f64);
            metrics.set(meters.rollbacks, server.counters().database.rollbacks as f64);
            metrics.set(meters.lag, lag(&self.databases[0], index, self.now).as_secs_f64());
        }
    }

    fn measure_pools(&mut self) {
        let metrics = &mut self.telemetry.metrics;
        for (pool, meters) in self.pools.iter().zip(&self.meters.pools) {
            metrics.set(meters.active, pool.active() as f64);
            metrics.set(meters.idle, pool.idle() as f64);
            metrics.set(meters.waiting, pool.waiting() as f64);
            metrics.set(meters.max_wait, pool.longest_wait(self.now).as_secs_f64());
            metrics.set(meters.timeouts, (pool.timeouts + pool.refused) as f64);
        }
    }

    fn measure_pods(&mut self) {
        let metrics = &mut self.telemetry.metrics;
        let (mut ready, mut not_ready, mut used, mut cores) = (0u32, 0u32, 0.0, 0.0);
        for (place, pod) in self.pods.iter_mut().enumerate() {
            let meters = self.meters.pods[place];
            if !pod.exists {
                metrics.set(meters.ready, 0.0);
                metrics.set(meters.cpu, 0.0);
                continue;
            }
            pod.second(self.now);
            metrics.set(meters.cpu, pod.busy_cores);
            metrics.set(meters.busy, pod.busy_workers() as f64);
            metrics.set(meters.queue, pod.queued() as f64);
            metrics.set(meters.ready, f64::from(u8::from(pod.ready)));
            used += pod.busy_cores;
            cores += pod.cpu.cores();
            if pod.ready { ready += 1 } else { not_ready += 1 }
        }
        metrics.set(self.meters.web.ready, f64::from(ready));
        metrics.set(self.meters.web.not_ready, f64::from(not_ready));
        metrics.set(self.meters.web.cpu, used);
        metrics.set(self.meters.web.cores, cores);
    }

    fn measure_cache_and_jobs(&mut self) {
        let metrics = &mut self.telemetry.metrics;
        let (hits, misses) = (self.cache.hits, self.cache.misses);
        metrics.set(self.meters.cache.hits, hits as f64);
        metrics.set(self.meters.cache.misses, misses as f64);
        metrics.set(self.meters.cache.keys, self.cache.len() as f64);
        let fresh =
            ((hits - self.tick.hits) as f64, (hits + misses - self.tick.hits - self.tick.misses) as f64);
        self.tick.hit_rate.0 += (fresh.0 - self.tick.hit_rate.0) * MINUTE_WEIGHT;
        self.tick.hit_rate.1 += (fresh.1 - self.tick.hit_rate.1) * MINUTE_WEIGHT;
        (self.tick.hits, self.tick.misses) = (hits, misses);
        for (queue, meters) in self.jobs.kinds.iter().zip(&self.meters.jobs) {
            metrics.set(meters.waiting, queue.waiting.len() as f64);
            metrics.set(meters.running, f64::from(queue.running));
            metrics.set(meters.done, queue.done as f64);
            metrics.set(meters.failed, queue.failed as f64);
        }
    }

    /// Takes what the servers logged over to the logs that people read.
    fn drain_server_logs(&mut self) {
        for (index, server) in self.databases.iter_mut().enumerate() {
            let source = self.book.databases[index];
            while let Some(entry) = server.log_mut().pop() {
                self.server_book.write(&mut self.telemetry.logs, source, index, server, &entry);
            }
        }
    }
}

/// How far a server is behind its primary.
pub(super) fn lag(primary: &crate::postgres::server::Server, index: usize, now: SimTime) -> Span {
    let Some(place) = index.checked_sub(1) else { return Span::ZERO };
    let standby = primary.wal().standbys().get(place);
    standby.map_or(Span::ZERO, |standby| primary.wal().replay_lag(now, standby))
}
