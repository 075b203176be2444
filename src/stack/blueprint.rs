//! A scenario made ready to run: names resolved to small indexes, endpoint programs flattened, durations tabulated.
//!
//! The scenario is a tree of names because people write it; the event loop wants none of that. Everything here is
//! immutable while the world runs (what operators can change lives in the components).

use crate::kernel::{Calendar, SimTime, Span};
use crate::scenario::components::DatabaseRole;
use crate::scenario::workload::{Method, Step, Traffic, Varying};
use crate::scenario::{Clock, Effect, Interval, Scenario};

use super::spread::Spread;

/// Pages that one visit may see; a flow that would go on is cut there.
pub(crate) const MAX_PATH: usize = 24;
/// Requests that one page may make.
pub(crate) const MAX_PAGE_REQUESTS: usize = 8;
/// Cache lookups that may be nested in one another.
pub(crate) const MAX_LOOKUP_DEPTH: usize = 2;
/// Keys of one cache space that are told apart; a larger space is asked for as if it had this many.
const MAX_KEYS: u64 = 1 << 20;
/// How much a CPU step varies: the standard deviation of the logarithm of its work.
const CPU_SIGMA: f64 = 0.35;
/// CPU work of answering a readiness probe, in milliseconds.
const PROBE_CPU_MS: f64 = 0.5;

/// One instruction of a flattened program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Op {
    /// CPU work of the pod, by index into [`Blueprint::cpu`].
    Cpu(u16),
    /// A query by index.
    Query(u16),
    /// A call of an external service by index.
    External(u8),
    /// A cache lookup; on a hit go on at `hit`.
    Lookup {
        /// The key space by index.
        space: u8,
        /// Nesting, from 0.
        depth: u8,
        /// Where to go on after a hit.
        hit: u16,
    },
    /// Puts the key of the lookup at this depth into the cache.
    Fill {
        /// The key space by index.
        space: u8,
        /// Nesting, from 0.
        depth: u8,
    },
    /// Goes on with this probability, else jumps.
    Sometimes {
        /// The probability of going on, in parts of 65536.
        share: u16,
        /// Where to go otherwise.
        otherwise: u16,
    },
    /// Goes on for a visitor who is logged in, else jumps.
    Member {
        /// Where to go otherwise.
        otherwise: u16,
    },
    /// The end: answer.
    Done,
}

/// An endpoint.
#[derive(Clone, Debug)]
pub(crate) struct EndpointPlan {
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Where its program begins.
    pub(crate) entry: u16,
}

/// A page.
#[derive(Clone, Debug)]
pub(crate) struct PagePlan {
    /// The document, then the requests that it makes.
    pub(crate) requests: Vec<u8>,
    pub(crate) think: Spread,
    /// (page, cumulated probability).
    pub(crate) next: Vec<(u8, f64)>,
    pub(crate) logs_in: bool,
    pub(crate) completes_order: bool,
}

/// A query.
#[derive(Clone, Debug)]
pub(crate) struct QueryPlan {
    pub(crate) name: String,
    pub(crate) pool: u8,
    pub(crate) sql: String,
    pub(crate) examples: Vec<String>,
}

/// A pool.
#[derive(Clone, Debug)]
pub(crate) struct PoolPlan {
    pub(crate) name: String,
    /// Index into [`Blueprint::databases`].
    pub(crate) database: u8,
    pub(crate) role: String,
    pub(crate) application_name: String,
    pub(crate) size: u32,
    pub(crate) wait_timeout: Span,
    pub(crate) max_waiting: u32,
}

/// An external service.
#[derive(Clone, Debug)]
pub(crate) struct ExternalPlan {
    pub(crate) name: String,
    pub(crate) latency: Spread,
    pub(crate) failure_ratio: f64,
    pub(crate) timeout: Span,
}

/// A cache key space.
#[derive(Clone, Debug)]
pub(crate) struct SpacePlan {
    pub(crate) name: String,
    pub(crate) keys: u32,
    pub(crate) skew: f64,
    pub(crate) ttl: Span,
}

/// A kind of background job.
#[derive(Clone, Debug)]
pub(crate) struct JobPlan {
    pub(crate) name: String,
    pub(crate) every: Span,
    pub(crate) concurrency: u32,
    /// Runs that may wait.
    pub(crate) backlog: usize,
    pub(crate) entry: u16,
}

/// Additional visitors for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SurgePlan {
    pub(crate) at: SimTime,
    pub(crate) visitors_per_s: f64,
    pub(crate) rise: Span,
    pub(crate) decay: Span,
    pub(crate) page: u8,
}

/// One pod that is worse than the others.
#[derive(Clone, Debug)]
pub(crate) struct NoisyPod {
    pub(crate) pod: u32,
    pub(crate) cpu_factor: f64,
    pub(crate) log: String,
    pub(crate) every: Span,
}

/// The whole.
#[derive(Clone, Debug)]
pub(crate) struct Blueprint {
    pub(crate) calendar: Calendar,
    /// Seconds after midnight at the simulation's start.
    pub(crate) starts_at_s: u32,
    pub(crate) ops: Vec<Op>,
    /// The program that answers a readiness probe.
    pub(crate) probe_entry: u16,
    pub(crate) cpu: Vec<Spread>,
    pub(crate) endpoints: Vec<EndpointPlan>,
    pub(crate) pages: Vec<PagePlan>,
    /// (page, cumulated probability) of a visit's first page.
    pub(crate) entries: Vec<(u8, f64)>,
    pub(crate) queries: Vec<QueryPlan>,
    pub(crate) pools: Vec<PoolPlan>,
    /// The databases' indexes into the scenario's list, the primary first.
    pub(crate) databases: Vec<usize>,
    pub(crate) externals: Vec<ExternalPlan>,
    pub(crate) spaces: Vec<SpacePlan>,
    pub(crate) jobs: Vec<JobPlan>,
    pub(crate) traffic: Traffic,
    pub(crate) surges: Vec<SurgePlan>,
    pub(crate) noisy: Option<NoisyPod>,
    pub(crate) visitors: VisitorPlan,
    pub(crate) threshold: Span,
    pub(crate) objective: f64,
    pub(crate) impact_window: (SimTime, SimTime),
}

/// How visitors behave, tabulated.
#[derive(Clone, Debug)]
pub(crate) struct VisitorPlan {
    pub(crate) patience: Spread,
    pub(crate) reload: f64,
    pub(crate) max_reloads: u8,
    pub(crate) leave_on_error: f64,
    pub(crate) retry_after: Spread,
    pub(crate) come_back: f64,
    pub(crate) come_back_after: Spread,
    pub(crate) basket: (f64, f64),
    pub(crate) logged_in: f64,
}

/// A length of time of the scenario's as one of the kernel's.
pub(crate) fn span(interval: Interval) -> Span {
    interval.0
}

fn spread(varying: &Varying) -> Spread {
    Spread::with_median(span(varying.median), varying.sigma)
}

impl Blueprint {
    /// The instant of a clock time; the start for those before it.
    pub(crate) fn time(&self, clock: Clock) -> SimTime {
        SimTime::from_secs(u64::from(clock.0.saturating_sub(self.starts_at_s)))
    }

    /// Compiles a scenario.
    ///
    /// # Errors
    /// A name that resolves to nothing, or a list that is longer than its bound: one sentence. A checked scenario has none.
    pub(crate) fn compile(scenario: &Scenario) -> Result<Blueprint, String> {
        let mut compiler = Compiler { scenario, ops: Vec::new(), cpu: Vec::new() };
        let databases = compiler.databases();
        let endpoints = compiler.endpoints()?;
        let jobs = compiler.jobs()?;
        let probe_entry = compiler.program(&[Step::Cpu(PROBE_CPU_MS)])?;
        let pages = compiler.pages()?;
        let queries = compiler.queries()?;
        let pools = compiler.pools(&databases)?;
        let blueprint = Blueprint {
            calendar: calendar(scenario),
            starts_at_s: scenario.starts_at.0,
            endpoints,
            pages,
            entries: cumulated(scenario.workload.pages.iter().map(|page| page.entry)),
            queries,
            pools,
            databases,
            externals: compiler.externals(),
            spaces: compiler.spaces(),
            jobs,
            traffic: scenario.workload.traffic.clone(),
            surges: Vec::new(),
            noisy: compiler.noisy(),
            visitors: visitors(scenario),
            threshold: span(scenario.slo.page_threshold),
            objective: scenario.slo.objective,
            impact_window: (SimTime::ZERO, SimTime::MAX),
            probe_entry,
            ops: compiler.ops,
            cpu: compiler.cpu,
        };
        let surges = surges(scenario, &blueprint)?;
        let (first, last) = scenario.impact_window;
        let impact_window = (blueprint.time(first), blueprint.time(last));
        Ok(Blueprint { surges, impact_window, ..blueprint })
    }
}

/// The scenario's own clock: its start is local time, shown as such everywhere.
fn calendar(scenario: &Scenario) -> Calendar {
    let mut parts = scenario.date.splitn(3, '-').map(|part| part.parse::<i64>().unwrap_or(1));
    let mut part = || parts.next().unwrap_or(1);
    let (year, month, day) = (part(), part(), part());
    Calendar::from_civil(year, month, day, 0, 0, i64::from(scenario.starts_at.0))
}

fn visitors(scenario: &Scenario) -> VisitorPlan {
    let visitors = &scenario.workload.visitors;
    VisitorPlan {
        patience: spread(&visitors.patience),
        reload: visitors.reload,
        max_reloads: visitors.max_reloads.min(200) as u8,
        leave_on_error: visitors.leave_on_error,
        retry_after: spread(&visitors.retry_after),
        come_back: visitors.come_back,
        come_back_after: spread(&visitors.come_back_after),
        basket: (f64::from(visitors.basket_cents.0), visitors.basket_cents.1),
        logged_in: visitors.logged_in,
    }
}

fn surges(scenario: &Scenario, blueprint: &Blueprint) -> Result<Vec<SurgePlan>, String> {
    let mut surges = Vec::new();
    for herring in &scenario.red_herrings {
        if let Effect::Surge { at, visitors_per_s, rise, decay, page } = &herring.effect {
            surges.push(SurgePlan {
                at: blueprint.time(*at),
                visitors_per_s: *visitors_per_s,
                rise: span(*rise),
                decay: span(*decay),
                page: index_of("page", page, scenario.workload.pages.iter().map(|page| page.name.as_str()))?
                    as u8,
            });
        }
    }
    Ok(surges)
}

/// (index, cumulated share) of the weights that are above zero.
fn cumulated(weights: impl Iterator<Item = f64> + Clone) -> Vec<(u8, f64)> {
    let total: f64 = weights.clone().sum();
    let mut sum = 0.0;
    weights
        .enumerate()
        .filter(|(_, weight)| *weight > 0.0)
        .map(|(index, weight)| {
            sum += weight / total;
            (index as u8, sum)
        })
        .collect()
}

fn index_of<'a>(kind: &str, name: &str, mut names: impl Iterator<Item = &'a str>) -> Result<usize, String> {
    names.position(|candidate| candidate == name).ok_or_else(|| format!("no {kind} is called `{name}`"))
}

struct Compiler<'a> {
    scenario: &'a Scenario,
    ops: Vec<Op>,
    cpu: Vec<Spread>,
}

impl Compiler<'_> {
    fn databases(&self) -> Vec<usize> {
        let databases = &self.scenario.components.databases;
        let mut order: Vec<usize> = (0..databases.len()).collect();
        order.sort_by_key(|&index| databases[index].role != DatabaseRole::Primary);
        order
    }

    fn endpoints(&mut self) -> Result<Vec<EndpointPlan>, String> {
        let mut plans = Vec::new();
        for endpoint in &self.scenario.workload.endpoints {
            plans.push(EndpointPlan {
                name: endpoint.name.clone(),
                method: endpoint.method,
                path: endpoint.path.clone(),
                entry: self.program(&endpoint.steps)?,
            });
        }
        Ok(plans)
    }

    fn jobs(&mut self) -> Result<Vec<JobPlan>, String> {
        let mut plans = Vec::new();
        for job in &self.scenario.workload.jobs {
            plans.push(JobPlan {
                name: job.name.clone(),
                every: span(job.every),
                concurrency: job.concurrency,
                backlog: job.backlog as usize,
                entry: self.program(&job.steps)?,
            });
        }
        Ok(plans)
    }

    fn pages(&self) -> Result<Vec<PagePlan>, String> {
        let workload = &self.scenario.workload;
        let mut plans = Vec::new();
        for page in &workload.pages {
            let mut requests = Vec::new();
            for name in page.requests.iter().take(MAX_PAGE_REQUESTS) {
                let names = workload.endpoints.iter().map(|endpoint| endpoint.name.as_str());
                requests.push(index_of("endpoint", name, names)? as u8);
            }
            let mut next = Vec::new();
            let mut sum = 0.0;
            for (name, share) in &page.next {
                sum += share;
                let names = workload.pages.iter().map(|page| page.name.as_str());
                next.push((index_of("page", name, names)? as u8, sum));
            }
            plans.push(PagePlan {
                requests,
                think: spread(&page.think),
                next,
                logs_in: page.logs_in,
                completes_order: page.completes_order,
            });
        }
        Ok(plans)
    }

    fn queries(&self) -> Result<Vec<QueryPlan>, String> {
        let pools = &self.scenario.components.pooler.pools;
        let queries = self.scenario.workload.queries.iter();
        queries
            .map(|query| {
                Ok(QueryPlan {
                    name: query.name.clone(),
                    pool: index_of("pool", &query.pool, pools.iter().map(|pool| pool.name.as_str()))? as u8,
                    sql: query.sql.clone(),
                    examples: query.examples.clone(),
                })
            })
            .collect()
    }

    fn pools(&self, order: &[usize]) -> Result<Vec<PoolPlan>, String> {
        let databases = &self.scenario.components.databases;
        let pools = self.scenario.components.pooler.pools.iter();
        pools
            .map(|pool| {
                let names = order.iter().map(|&index| databases[index].name.as_str());
                Ok(PoolPlan {
                    name: pool.name.clone(),
                    database: index_of("database", &pool.database, names)? as u8,
                    role: pool.role.clone(),
                    application_name: pool.application_name.clone(),
                    size: pool.size,
                    wait_timeout: span(pool.wait_timeout),
                    max_waiting: pool.max_waiting,
                })
            })
            .collect()
    }

    fn externals(&self) -> Vec<ExternalPlan> {
        let externals = self.scenario.components.externals.iter();
        externals
            .map(|external| ExternalPlan {
                name: external.name.clone(),
                latency: spread(&external.latency),
                failure_ratio: external.failure_ratio,
                timeout: span(external.timeout),
            })
            .collect()
    }

    fn spaces(&self) -> Vec<SpacePlan> {
        let spaces = self.scenario.components.cache.spaces.iter();
        spaces
            .map(|space| SpacePlan {
                name: space.name.clone(),
                keys: space.keys.clamp(1, MAX_KEYS) as u32,
                skew: space.skew,
                ttl: span(space.ttl),
            })
            .collect()
    }

    fn noisy(&self) -> Option<NoisyPod> {
        self.scenario.red_herrings.iter().find_map(|herring| match &herring.effect {
            Effect::NoisyPod { pod, cpu_factor, log, every } => {
                Some(NoisyPod { pod: *pod, cpu_factor: *cpu_factor, log: log.clone(), every: span(*every) })
            }
            _ => None,
        })
    }

    fn program(&mut self, steps: &[Step]) -> Result<u16, String> {
        let entry = self.here()?;
        self.steps(steps, 0)?;
        self.ops.push(Op::Done);
        Ok(entry)
    }

    fn here(&self) -> Result<u16, String> {
        u16::try_from(self.ops.len()).map_err(|_| "the endpoints' programs are too long".to_owned())
    }

    fn steps(&mut self, steps: &[Step], depth: u8) -> Result<(), String> {
        for step in steps {
            self.step(step, depth)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, depth: u8) -> Result<(), String> {
        let scenario = self.scenario;
        match step {
            Step::Cpu(milliseconds) => {
                self.ops.push(Op::Cpu(self.cpu.len() as u16));
                let mean = Span::from_millis_f64(*milliseconds);
                let spread = match self.cpu.first() {
                    Some(first) => first.with_other_mean(mean),
                    None => Spread::with_mean(mean, CPU_SIGMA),
                };
                self.cpu.push(spread);
            }
            Step::Query(name) => {
                let names = scenario.workload.queries.iter().map(|query| query.name.as_str());
                self.ops.push(Op::Query(index_of("query", name, names)? as u16));
            }
            Step::External(name) => {
                let names = scenario.components.externals.iter().map(|external| external.name.as_str());
                self.ops.push(Op::External(index_of("external service", name, names)? as u8));
            }
            Step::Cached { space, miss } => self.cached(space, miss, depth)?,
            Step::Sometimes(share, inner) => {
                let share = (share.clamp(0.0, 1.0) * 65535.0) as u16;
                let at = self.placeholder();
                self.steps(inner, depth)?;
                self.ops[at] = Op::Sometimes { share, otherwise: self.here()? };
            }
            Step::Member(inner) => {
                let at = self.placeholder();
                self.steps(inner, depth)?;
                self.ops[at] = Op::Member { otherwise: self.here()? };
            }
            Step::Repeat(times, inner) => {
                for _ in 0..*times {
                    self.steps(inner, depth)?;
                }
            }
        }
        Ok(())
    }

    fn cached(&mut self, name: &str, miss: &[Step], depth: u8) -> Result<(), String> {
        if usize::from(depth) >= MAX_LOOKUP_DEPTH {
            return Err(format!("the lookup in `{name}` is nested more than {MAX_LOOKUP_DEPTH} deep"));
        }
        let names = self.scenario.components.cache.spaces.iter().map(|space| space.name.as_str());
        let space = index_of("cache space", name, names)? as u8;
        let at = self.placeholder();
        self.steps(miss, depth + 1)?;
        self.ops.push(Op::Fill { space, depth });
        self.ops[at] = Op::Lookup { space, depth, hit: self.here()? };
        Ok(())
    }

    /// Room for a jump whose target isn't known yet.
    fn placeholder(&mut self) -> usize {
        self.ops.push(Op::Done);
        self.ops.len() - 1
    }
}

impl Blueprint {
    /// Lookups a second of each cache space at the start's traffic: visits, times the pages of a visit, times the
    /// lookups of each page's programs.
    pub(crate) fn expected_lookups(&self) -> Vec<f64> {
        let arrivals = self.traffic.rate(f64::from(self.starts_at_s));
        let views = self.expected_views();
        let mut lookups = vec![0.0; self.spaces.len()];
        for (page, views) in self.pages.iter().zip(views) {
            for &endpoint in &page.requests {
                self.count_lookups(
                    self.endpoints[usize::from(endpoint)].entry,
                    arrivals * views,
                    &mut lookups,
                );
            }
        }
        lookups
    }

    /// Views of each page in one visit, on average: the visits' flow through the page graph, step by step.
    fn expected_views(&self) -> Vec<f64> {
        let mut views = vec![0.0; self.pages.len()];
        let mut flow = vec![0.0; self.pages.len()];
        let mut before = 0.0;
        for &(page, sum) in &self.entries {
            flow[usize::from(page)] = sum - before;
            before = sum;
        }
        for _ in 0..MAX_PATH {
            let mut next = vec![0.0; self.pages.len()];
            for (index, page) in self.pages.iter().enumerate() {
                views[index] += flow[index];
                let mut before = 0.0;
                for &(to, sum) in &page.next {
                    next[usize::from(to)] += flow[index] * (sum - before);
                    before = sum;
                }
            }
            flow = next;
        }
        views
    }

    /// Adds the lookups of a program that runs `rate` times a second; every miss branch counts as taken, every
    /// `Sometimes` by its share.
    fn count_lookups(&self, entry: u16, rate: f64, lookups: &mut [f64]) {
        let mut at = usize::from(entry);
        let mut shares: Vec<(usize, f64)> = Vec::new();
        while self.ops[at] != Op::Done {
            shares.retain(|(end, _)| *end > at);
            match self.ops[at] {
                Op::Sometimes { share, otherwise } => {
                    shares.push((usize::from(otherwise), f64::from(share) / 65536.0))
                }
                Op::Lookup { space, .. } => {
                    let share: f64 = shares.iter().map(|(_, share)| share).product();
                    lookups[usize::from(space)] += rate * share;
                }
                _ => {}
            }
            at += 1;
        }
    }
}
