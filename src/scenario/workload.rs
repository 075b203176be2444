//! Who comes to the shop and what each of their page views asks of it.

use serde::Deserialize;

use super::time::{Clock, Interval};

/// Visitors, pages, endpoints and queries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// How many visitors arrive, over the day.
    pub traffic: Traffic,
    /// What a visitor does when a page is slow, fails, or is bought from.
    pub visitors: Visitors,
    /// The page flow.
    pub pages: Vec<Page>,
    /// The programs behind the pages' requests.
    pub endpoints: Vec<Endpoint>,
    /// The SQL behind the endpoints' and jobs' queries.
    pub queries: Vec<Query>,
    /// Work that no visitor asks for.
    pub jobs: Vec<Job>,
}

impl Workload {
    /// The query called `name`.
    pub fn query(&self, name: &str) -> Option<&Query> {
        self.queries.iter().find(|query| query.name == name)
    }

    /// The endpoint called `name`.
    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The page called `name`.
    pub fn page(&self, name: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.name == name)
    }
}

/// The arrival rate of visitors over the day: points, and what lies between them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Between the points.
    pub between: Interpolation,
    /// (clock time, visitors arriving a second), in order; constant before the first and after the last.
    pub points: Vec<(Clock, f64)>,
}

impl Traffic {
    /// Visitors arriving a second, `second` seconds after midnight (fractions allowed).
    pub fn rate(&self, second: f64) -> f64 {
        self.stretch(second).rate(second)
    }

    /// The part of the curve that `second` lies on: between two points, before the first or after the last.
    pub fn stretch(&self, second: f64) -> Stretch {
        let next = self.points.iter().position(|(at, _)| f64::from(at.0) > second);
        let constant =
            |from, to, rate| Stretch { from, to, low: rate, rise: 0.0, between: Interpolation::Linear };
        let Some(next) = next else {
            let (from, rate) = self.points.last().map_or((0.0, 0.0), |(at, rate)| (f64::from(at.0), *rate));
            return constant(from, f64::INFINITY, rate);
        };
        let (to, high) = (f64::from(self.points[next].0.0), self.points[next].1);
        let Some(before) = next.checked_sub(1) else { return constant(f64::NEG_INFINITY, to, high) };
        let (from, low) = (f64::from(self.points[before].0.0), self.points[before].1);
        let scaled = |rate| if self.between == Interpolation::Log { libm::log(rate) } else { rate };
        let (low, high) = (scaled(low), scaled(high));
        Stretch { from, to, low, rise: high - low, between: self.between }
    }

    /// The largest rate of the curve: the bound for thinning a time-varying Poisson process.
    pub fn peak(&self) -> f64 {
        self.points.iter().map(|(_, rate)| *rate).fold(0.0, f64::max)
    }
}

/// The curve between two points.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    from: f64,
    to: f64,
    /// The rate at `from`, or its logarithm.
    low: f64,
    /// By how much it is more at `to`.
    rise: f64,
    between: Interpolation,
}

impl Stretch {
    /// Whether an instant lies on it, seconds after midnight.
    pub fn holds(&self, second: f64) -> bool {
        self.from <= second && second < self.to
    }

    /// Visitors arriving a second, at an instant that lies on it.
    pub fn rate(&self, second: f64) -> f64 {
        if self.rise == 0.0 && self.between == Interpolation::Linear {
            return self.low;
        }
        let share = (second - self.from) / (self.to - self.from);
        match self.between {
            Interpolation::Linear => self.low + self.rise * share,
            Interpolation::Log => libm::exp(self.low + self.rise * share),
        }
    }
}

/// What a curve does between its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Interpolation {
    /// Straight.
    Linear,
    /// Straight on a logarithmic scale; rates must be above zero.
    Log,
}

/// A length of time that varies: log-normal.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Varying {
    /// Half of the draws are shorter.
    pub median: Interval,
    /// The standard deviation of the logarithm; 0 is no variation.
    #[serde(default)]
    pub sigma: f64,
}

/// How visitors behave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitors {
    /// How long a visitor waits for a page before reloading it or leaving.
    pub patience: Varying,
    /// The chance that an impatient visitor reloads instead of leaving.
    pub reload: f64,
    /// Reloads of one page before a visitor leaves for certain.
    pub max_reloads: u32,
    /// The chance that a visitor leaves after a page that failed (otherwise they reload after `retry_after`).
    pub leave_on_error: f64,
    /// The pause before reloading a page that failed.
    pub retry_after: Varying,
    /// The chance that a visitor who gave up comes back.
    pub come_back: f64,
    /// When they do.
    pub come_back_after: Varying,
    /// A basket's value in the currency's smallest unit: the median, and the standard deviation of the logarithm.
    pub basket_cents: (u32, f64),
    /// The share of visitors who arrive logged in: only they take the `Member` steps before a login page.
    pub logged_in: f64,
}

/// A page of the shop.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Its name.
    pub name: String,
    /// The weight with which a visit begins here.
    #[serde(default)]
    pub entry: f64,
    /// Endpoints by name: the first is the document, the others are asked for together when it has arrived.
    pub requests: Vec<String>,
    /// How long a visitor looks at it.
    pub think: Varying,
    /// (page, probability) of what comes next; what is missing to 1 is the share that leaves.
    #[serde(default)]
    pub next: Vec<(String, f64)>,
    /// Whether the visitor is logged in from here on.
    #[serde(default)]
    pub logs_in: bool,
    /// Whether seeing this page means that an order was placed.
    #[serde(default)]
    pub completes_order: bool,
}

/// A request's program on a web pod.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Its name in traces, metrics and the pages' tables.
    pub name: String,
    /// `GET`, `POST`…
    pub method: Method,
    /// Its route, `{}` for what varies.
    pub path: String,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Changes something.
    Post,
}

impl Method {
    /// As in a request line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One step of a program.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Step {
    /// CPU time of the pod, in milliseconds (the mean of an exponential's sum: the runner varies it mildly).
    Cpu(f64),
    /// A query by name.
    Query(String),
    /// An external service by name.
    External(String),
    /// A cache lookup; the steps of `miss` run when the key is not there, and then fill it.
    Cached {
        /// The key space, by name.
        space: String,
        /// What to do on a miss.
        miss: Vec<Step>,
    },
    /// With this probability.
    Sometimes(f64, Vec<Step>),
    /// Only for visitors who are logged in.
    Member(Vec<Step>),
    /// This many times.
    Repeat(u32, Vec<Step>),
}

/// A query template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Its name in endpoints; also the comment that a log shows.
    pub name: String,
    /// The connection pool that it uses.
    pub pool: String,
    /// SQL with `$1`, `$2`…
    pub sql: String,
    /// One example for each parameter, as SQL literals: what the planner sees.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// A kind of background job.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Its name: the `application_name` of its connection.
    pub name: String,
    /// The mean time between two runs.
    pub every: Interval,
    /// Runs at one time; one more waits.
    pub concurrency: u32,
    /// Runs that may wait; one more is skipped.
    #[serde(default)]
    pub backlog: u32,
    /// What a run does.
    pub steps: Vec<Step>,
}
