//! What operators can set while the shop runs: limits, time-outs, pool sizes, feature flags. One row each.

use std::collections::BTreeMap;

use crate::kernel::{SimTime, Span};

use super::event::{Event, source};
use super::view::SettingView;
use super::world::World;

/// Feature flags by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    flags: BTreeMap<String, bool>,
}

impl Settings {
    pub(crate) fn set_flag(&mut self, name: &str, on: bool) {
        self.flags.insert(name.to_owned(), on);
    }
}

/// A setting: its name (with `POOL` for a pool's name), its help, and what it is of.
struct Row {
    name: &'static str,
    help: &'static str,
    knob: Knob,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Knob {
    UpstreamTimeout,
    ConnectTimeout,
    RateLimit,
    RetryBudget,
    RetriesTimedOut,
    RetriesBroken,
    PoolSize,
    PoolWait,
    PoolWaiting,
}

const ROWS: [Row; 9] = [
    Row {
        name: "lb.upstream_timeout",
        help: "a pod that takes longer gets its request answered with 504; seconds",
        knob: Knob::UpstreamTimeout,
    },
    Row {
        name: "lb.connect_timeout",
        help: "a pod that does not accept within this time counts as failed; seconds",
        knob: Knob::ConnectTimeout,
    },
    Row {
        name: "lb.rate_limit",
        help: "requests a second that are let in, the others get 503; 0 is no limit",
        knob: Knob::RateLimit,
    },
    Row {
        name: "lb.retry_budget",
        help: "reloads of a page that are let in for a hundred first loads, the others get 503; 0 is no limit",
        knob: Knob::RetryBudget,
    },
    Row {
        name: "web.query_retries.timed_out",
        help: "further tries of a query that timed out",
        knob: Knob::RetriesTimedOut,
    },
    Row {
        name: "web.query_retries.broken_connection",
        help: "further tries of a query whose connection broke",
        knob: Knob::RetriesBroken,
    },
    Row {
        name: "pgbouncer.POOL.pool_size",
        help: "server connections that the pool opens at most",
        knob: Knob::PoolSize,
    },
    Row {
        name: "pgbouncer.POOL.query_wait_timeout",
        help: "a client that waits longer for a connection is turned away; seconds",
        knob: Knob::PoolWait,
    },
    Row {
        name: "pgbouncer.POOL.max_client_waiting",
        help: "clients that may wait for a connection; one more is turned away",
        knob: Knob::PoolWaiting,
    },
];

/// Most server connections that a pool can be given.
const MAX_POOL_SIZE: f64 = 2_000.0;

impl World {
    /// Everything that can be set, with its value.
    pub fn settings(&self) -> Vec<SettingView> {
        let mut views = Vec::new();
        for row in &ROWS {
            for (name, pool) in self.instances(row.name) {
                let value = self.value_of(row.knob, pool);
                views.push(SettingView { name, value: format!("{value}"), help: row.help, flag: false });
            }
        }
        for (name, on) in &self.settings.flags {
            let value = if *on { "on" } else { "off" };
            let name = format!("flag.{name}");
            views.push(SettingView {
                name,
                value: value.to_owned(),
                help: "feature flag: on or off",
                flag: true,
            });
        }
        views
    }

    /// The value of one setting as text.
    pub fn get(&self, name: &str) -> Option<String> {
        self.settings().into_iter().find(|view| view.name == name).map(|view| view.value)
    }

    /// Sets one setting or flag.
    ///
    /// # Errors
    /// There is no such setting, or the value is no number at least 0: a sentence for the operator.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if let Some(flag) = name.strip_prefix("flag.") {
            let on = match value {
                "on" | "true" | "1" => true,
                "off" | "false" | "0" => false,
                _ => return Err(format!("flag {flag}: `{value}` is neither `on` nor `off`")),
            };
            self.settings.set_flag(flag, on);
            return Ok(());
        }
        let found = ROWS.iter().find_map(|row| {
            let instances = self.instances(row.name);
            instances.into_iter().find(|(instance, _)| instance == name).map(|(_, pool)| (row.knob, pool))
        });
        let (knob, pool) = found.ok_or_else(|| format!("no setting is called `{name}`"))?;
        let number = value.trim_end_matches('s').trim();
        let number = number.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
        let number = number.ok_or_else(|| format!("{name}: `{value}` is not a number at least 0"))?;
        self.turn(knob, pool, number);
        Ok(())
    }

    /// The names that a row stands for, with the pool of each.
    fn instances(&self, name: &str) -> Vec<(String, usize)> {
        if !name.contains("POOL") {
            return vec![(name.to_owned(), 0)];
        }
        let pools = self.blueprint.pools.iter().enumerate();
        pools.map(|(index, pool)| (name.replace("POOL", &pool.name), index)).collect()
    }

    fn value_of(&self, knob: Knob, pool: usize) -> f64 {
        match knob {
            Knob::UpstreamTimeout => self.balancer.upstream_timeout.as_secs_f64(),
            Knob::ConnectTimeout => self.balancer.connect_timeout.as_secs_f64(),
            Knob::RateLimit => self.balancer.rate_limit(),
            Knob::RetryBudget => self.balancer.retry_budget(),
            Knob::RetriesTimedOut => f64::from(self.retries.timed_out),
            Knob::RetriesBroken => f64::from(self.retries.broken_connection),
            Knob::PoolSize => self.pools[pool].size() as f64,
            Knob::PoolWait => self.pools[pool].wait_timeout.as_secs_f64(),
            Knob::PoolWaiting => self.pools[pool].max_waiting as f64,
        }
    }

    fn turn(&mut self, knob: Knob, pool: usize, value: f64) {
        match knob {
            Knob::UpstreamTimeout => {
                self.empty_upstream_line();
                self.balancer.upstream_timeout = Span::from_secs_f64(value);
            }
            Knob::ConnectTimeout => {
                while let Some((_, id)) = self.connecting.pop_due(SimTime::MAX) {
                    self.connecting_again(id);
                }
                self.balancer.connect_timeout = Span::from_secs_f64(value);
            }
            Knob::RateLimit => self.balancer.set_rate_limit(self.now, value),
            Knob::RetryBudget => self.balancer.set_retry_budget(value),
            Knob::RetriesTimedOut => self.retries.timed_out = value.min(20.0) as u8,
            Knob::RetriesBroken => self.retries.broken_connection = value.min(20.0) as u8,
            Knob::PoolSize => {
                self.pools[pool].resize(value.min(MAX_POOL_SIZE) as u32);
                self.serve_pool(pool as u8);
            }
            Knob::PoolWait => {
                self.pools[pool].wait_timeout = Span::from_secs_f64(value);
                self.sources.set(source::POOLS + pool, self.pools[pool].next_timeout());
            }
            Knob::PoolWaiting => self.pools[pool].max_waiting = value as usize,
        }
    }

    /// The time-out changes: deadlines that were set before move to the heap, since a line holds one constant time-out.
    fn empty_upstream_line(&mut self) {
        while let Some((deadline, slot)) = self.upstream.pop_due(SimTime::MAX) {
            self.schedule(deadline, Event::UpstreamTimeout(self.requests.id(slot)));
        }
        self.sources.set(source::UPSTREAM, SimTime::MAX);
    }
}
