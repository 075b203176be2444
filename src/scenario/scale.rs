//! A scenario at another size: so many times its visitors against so many times its capacity.
//!
//! What is shared by all visitors is scaled: those who come, pods, workers, cores, pools, random reads, cache entries and the
//! keys that are asked for, background jobs. What one of them meets alone is not: the work of a step, the size of a table, a
//! time-out, the disk's bandwidth for one scan. So loads, throughput for each visitor and the share of visitors who are hurt
//! stay as they are; how long a queue is, and with it percentiles, depends on how many servers it has, and does not
//! (`docs/performance.md` shows both).

use super::components::{Components, Database, Web};
use super::{Effect, Interval, Scenario};
use crate::kernel::{Digest, Span};

/// What a scenario was scaled by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor(f64);

impl Factor {
    /// One visitor in so many; `None` for zero.
    pub fn one_in(visitors: u32) -> Option<Factor> {
        (visitors > 0).then(|| Factor(1.0 / f64::from(visitors)))
    }

    /// So many times as many visitors; `None` for zero.
    pub fn times(visitors: u32) -> Option<Factor> {
        (visitors > 0).then(|| Factor(f64::from(visitors)))
    }
}

/// A capacity that is no whole number at another size.
#[derive(Clone, Debug, PartialEq)]
pub struct Rounded {
    /// What it is of: `pool account: size`.
    pub what: String,
    /// What it would be.
    pub exact: f64,
    /// What it is.
    pub taken: u32,
}

impl Scenario {
    /// The scenario at another size, and the capacities that had to be rounded for it.
    pub fn scaled(&self, factor: Factor) -> (Scenario, Vec<Rounded>) {
        let mut scenario = self.clone();
        let mut scale = Scale { factor: factor.0, rounded: Vec::new() };
        for (_, rate) in &mut scenario.workload.traffic.points {
            *rate *= factor.0;
        }
        for job in &mut scenario.workload.jobs {
            job.every = Interval(Span::from_secs_f64(job.every.0.as_secs_f64() / factor.0));
            job.backlog = scale.whole(&format!("job {}: backlog", job.name), job.backlog, 0);
        }
        for herring in &mut scenario.red_herrings {
            if let Effect::Surge { visitors_per_s, .. } = &mut herring.effect {
                *visitors_per_s *= factor.0;
            }
        }
        scale.components(&mut scenario.components);
        // Another scenario: what was kept of runs of this one is not of it.
        let mut hash = Digest::new();
        hash.write_u64(self.content_hash);
        hash.write_u64(factor.0.to_bits());
        scenario.content_hash = hash.finish();
        (scenario, scale.rounded)
    }
}

struct Scale {
    factor: f64,
    rounded: Vec<Rounded>,
}

impl Scale {
    fn components(&mut self, components: &mut Components) {
        self.web(&mut components.web);
        let cache = &mut components.cache;
        let entries = |count: u64, factor: f64| ((count as f64 * factor).round() as u64).max(1);
        cache.max_entries = entries(cache.max_entries, self.factor);
        for space in &mut cache.spaces {
            space.keys = entries(space.keys, self.factor);
        }
        for pool in &mut components.pooler.pools {
            pool.size = self.whole(&format!("pool {}: size", pool.name), pool.size, 1);
            pool.max_waiting = self.whole(&format!("pool {}: max_waiting", pool.name), pool.max_waiting, 0);
        }
        for database in &mut components.databases {
            self.database(database);
        }
    }

    /// Fewer pods as they are; where there are not enough of them, or more is wanted, other pods.
    fn web(&mut self, web: &mut Web) {
        let pods = f64::from(web.pods);
        let scaled = (pods * self.factor).round().clamp(1.0, pods);
        let each = pods * self.factor / scaled;
        web.pods = scaled as u32;
        web.cores *= each;
        let mut pod = Scale { factor: each, rounded: Vec::new() };
        web.workers = pod.whole("web: workers of a pod", web.workers, 1);
        web.accept_queue = pod.whole("web: accept queue of a pod", web.accept_queue, 0);
        self.rounded.append(&mut pod.rounded);
    }

    fn database(&mut self, database: &mut Database) {
        let name = &database.name;
        database.cores = self.whole(&format!("{name}: cores"), database.cores, 1);
        database.disk_iops = self.whole(&format!("{name}: disk_iops"), database.disk_iops, 1);
        let ordinary = database.max_connections.saturating_sub(database.reserved_connections);
        database.max_connections =
            database.reserved_connections + self.whole(&format!("{name}: max_connections"), ordinary, 1);
    }

    fn whole(&mut self, what: &str, count: u32, least: u32) -> u32 {
        let exact = f64::from(count) * self.factor;
        let taken = (exact.round() as u32).max(least);
        if (f64::from(taken) - exact).abs() > TOLERATED * exact {
            self.rounded.push(Rounded { what: what.to_owned(), exact, taken });
        }
        taken
    }
}

/// A capacity that is off by no more than this share needs no mention.
const TOLERATED: f64 = 0.01;
