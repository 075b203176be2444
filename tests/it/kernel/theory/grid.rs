//! The grid of queues that are held against theory, and how long each is run.
//!
//! Each case is simulated in [`REPLICATIONS`] independent runs, whose spread gives the standard error of their mean.
//! Their length is chosen beforehand, from the heavy-traffic formula for the variance of a queue's time average (Whitt,
//! "Planning queueing simulations", 1989): the relative variance over a time t is about 2 (ca² + cs²) / ((1 - ρ)² t),
//! with t in mean service times of the whole station. So t = 2 (ca² + cs²) / ((1 - ρ)² ε²) makes the standard error ε
//! = [`PRECISION`], a fourth of the tolerance of means. The formulas for what is to be expected are in any text, such as
//! Kleinrock, "Queueing Systems" vol. 1 (1975) and, for sharing and closed networks, Harchol-Balter, "Performance
//! Modeling and Design of Computer Systems" (2013).

use super::models::{self, Measured, Service, mean_ms, percentile_ms};
use firedrill::kernel::{Span, Stream};

/// Independent runs of a case, on the seeds from 1.
pub(super) const REPLICATIONS: u64 = 20;
/// Relative standard error that the lengths of runs aim at.
const PRECISION: f64 = 0.0025;
/// Largest relative error of a mean or a share.
pub(super) const MEAN: f64 = 0.01;
/// Largest relative error of a percentile.
pub(super) const PERCENTILE: f64 = 0.02;
/// At light loads the heavy-traffic formula promises too much: no case has fewer customers than this.
const FEWEST: u64 = 2_000_000;

/// A figure that theory knows.
pub(super) struct Expected {
    pub(super) what: String,
    pub(super) theory: f64,
    pub(super) tolerance: f64,
}

/// A queue, what theory knows about it, and how to simulate it: stream and customers in, figures out.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) expected: Vec<Expected>,
    /// Of all replications together.
    pub(super) customers: u64,
    run: Box<dyn Fn(&Stream, u64) -> Vec<f64>>,
}

/// What the simulation of one figure gave.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) case: String,
    pub(super) what: String,
    pub(super) theory: f64,
    pub(super) simulated: f64,
    /// Of the simulated mean, from the spread of the replications.
    pub(super) standard_error: f64,
    pub(super) tolerance: f64,
    pub(super) customers: u64,
}

impl Row {
    /// Relative to theory.
    pub(super) fn error(&self) -> f64 {
        self.simulated / self.theory - 1.0
    }
}

impl Case {
    /// Simulates the case: a row for each figure.
    pub(super) fn simulate(&self) -> Vec<Row> {
        let figures: Vec<Vec<f64>> = (1..=REPLICATIONS)
            .map(|seed| (self.run)(&Stream::named(seed, &self.name), self.customers / REPLICATIONS))
            .collect();
        let row = |(place, expected): (usize, &Expected)| {
            let n = REPLICATIONS as f64;
            let mean = figures.iter().map(|run| run[place]).sum::<f64>() / n;
            let squares: f64 = figures.iter().map(|run| (run[place] - mean) * (run[place] - mean)).sum();
            Row {
                case: self.name.clone(),
                what: expected.what.clone(),
                theory: expected.theory,
                simulated: mean,
                standard_error: libm::sqrt(squares / (n - 1.0) / n),
                tolerance: expected.tolerance,
                customers: self.customers,
            }
        };
        self.expected.iter().enumerate().map(row).collect()
    }
}

fn mean(what: &str, theory: f64) -> Expected {
    Expected { what: what.to_owned(), theory, tolerance: MEAN }
}

fn percentile(what: &str, theory: f64) -> Expected {
    Expected { what: what.to_owned(), theory, tolerance: PERCENTILE }
}

/// Customers for the precision: see the file's head. `squares` is ca² + cs².
fn customers(load: f64, squares: f64) -> u64 {
    let services = 2.0 * squares / ((1.0 - load) * (1.0 - load) * PRECISION * PRECISION);
    ((services * load) as u64).max(FEWEST).div_ceil(100_000) * 100_000
}

/// All cases, in the order of the document.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.extend([0.3, 0.5, 0.7, 0.8, 0.9].map(one_server));
    cases.extend(
        [(2, 0.5), (2, 0.8), (8, 0.6), (8, 0.8), (40, 0.9)].map(|(c, load)| several_servers(c, load)),
    );
    cases.extend(
        [(1, 4, 0.9), (4, 6, 4.4), (1, 0, 0.8), (5, 0, 4.0), (20, 0, 18.0), (20, 0, 24.0)].map(bounded),
    );
    for (service, loads) in [
        (Service::Constant, [0.5, 0.7, 0.9]),
        (Service::LogNormal(0.8), [0.3, 0.6, 0.8]),
        (Service::HyperExponential, [0.3, 0.5, 0.7]),
    ] {
        cases.extend(loads.map(|load| general(service, load)));
    }
    for load in [0.5, 0.7, 0.8] {
        cases.extend(Service::ALL.map(|service| sharing(1, service, load)));
    }
    cases.extend(Service::ALL.map(|service| sharing(4, service, 0.8)));
    cases.extend([(6, 5.0), (12, 10.0), (20, 15.0)].map(|(machines, life)| repair_shop(machines, life)));
    cases.push(network());
    cases
}

fn one_server(load: f64) -> Case {
    let sojourn = 1.0 / (1.0 - load);
    // T is exponential.
    let at = |q: f64| -sojourn * libm::log(1.0 - q);
    Case {
        name: format!("M/M/1, ρ = {load}"),
        expected: vec![
            mean("mean sojourn, ms", sojourn),
            percentile("p50 sojourn, ms", at(0.5)),
            percentile("p95 sojourn, ms", at(0.95)),
            percentile("p99 sojourn, ms", at(0.99)),
        ],
        customers: customers(load, 2.0),
        run: Box::new(move |root, customers| {
            let measured = models::first_come(root, (load, Service::Exponential), 1, usize::MAX, customers);
            let mut figures = vec![mean_ms(&measured.sojourn)];
            figures.extend([0.5, 0.95, 0.99].map(|q| percentile_ms(&measured.sojourn, q)));
            figures
        }),
    }
}

/// Erlang's B: the share of calls lost by `c` lines offered `a` erlangs.
fn erlang_b(c: u32, a: f64) -> f64 {
    (1..=c).fold(1.0, |b, n| a * b / (f64::from(n) + a * b))
}

/// Erlang's C: the share of customers who wait.
fn erlang_c(c: u32, a: f64) -> f64 {
    let b = erlang_b(c, a);
    b / (1.0 - a / f64::from(c) * (1.0 - b))
}

fn several_servers(servers: u32, load: f64) -> Case {
    let rate = load * f64::from(servers);
    let waits = erlang_c(servers, rate);
    let drain = f64::from(servers) - rate;
    // P(W > t) = C e^-(cμ - λ)t; the percentile is taken of those who wait.
    let conditional = libm::log(20.0) / drain;
    Case {
        name: format!("M/M/{servers}, ρ = {load}"),
        expected: vec![
            mean("mean sojourn, ms", 1.0 + waits / drain),
            mean("share that waits", waits),
            percentile("p95 wait of those who do, ms", conditional),
        ],
        // Only those who wait tell about waiting.
        customers: (customers(load, 2.0) as f64 / waits / 1e5).ceil() as u64 * 100_000,
        run: Box::new(move |root, customers| {
            let model = (rate, Service::Exponential);
            let measured = models::first_come(root, model, servers, usize::MAX, customers);
            let waited = measured.wait.share_above(Span::ZERO);
            let p95 = percentile_ms(&measured.wait, 1.0 - 0.05 * waited);
            vec![mean_ms(&measured.sojourn), waited, p95]
        }),
    }
}

fn bounded((servers, backlog, rate): (u32, usize, f64)) -> Case {
    let places = servers as usize + backlog;
    let weights: Vec<f64> = (0..=places)
        .scan(1.0, |weight, n| {
            let here = *weight;
            *weight *= rate / f64::from(servers.min(n as u32 + 1));
            Some(here)
        })
        .collect();
    let total: f64 = weights.iter().sum();
    let lost = if backlog == 0 { erlang_b(servers, rate) } else { weights[places] / total };
    let present: f64 = weights.iter().zip(0u32..).map(|(weight, n)| weight / total * f64::from(n)).sum();
    let mut expected = vec![mean("share lost", lost)];
    if backlog > 0 {
        expected.push(mean("mean sojourn, ms", present / (rate * (1.0 - lost))));
    }
    Case {
        name: format!("M/M/{servers}/{places}, {rate} erlangs"),
        // Losses come in bursts of a busy system's length: some three times the variance of independent ones.
        customers: ((3.0 / (lost * PRECISION * PRECISION)) as u64).max(FEWEST).div_ceil(100_000) * 100_000,
        run: Box::new(move |root, customers| {
            let model = (rate, Service::Exponential);
            let measured: Measured = models::first_come(root, model, servers, backlog, customers);
            let mut figures = vec![measured.refused_share(), mean_ms(&measured.sojourn)];
            figures.truncate(if backlog == 0 { 1 } else { 2 });
            figures
        }),
        expected,
    }
}

/// Pollaczek and Khinchine's mean wait.
fn general(service: Service, load: f64) -> Case {
    let moment = service.second_moment();
    Case {
        name: format!("M/{}/1, ρ = {load}", service.letter()),
        expected: vec![mean("mean wait, ms", load * moment / (2.0 * (1.0 - load)))],
        // A wait varies more than the time in the system, and with the fourth moment of the work.
        customers: customers(load, moment) * if service == Service::Constant { 2 } else { 3 },
        run: Box::new(move |root, customers| {
            let measured = models::first_come(root, (load, service), 1, usize::MAX, customers);
            vec![mean_ms(&measured.wait)]
        }),
    }
}

/// Sharing depends on the mean of the work alone: 1 / (1 - ρ) on one core, M/M/c's number present on several.
fn sharing(cores: u32, service: Service, load: f64) -> Case {
    let rate = load * f64::from(cores);
    let sojourn = 1.0 + erlang_c(cores, rate) / (f64::from(cores) - rate);
    Case {
        name: format!("M/{}/{cores} sharing, ρ = {load}", service.letter()),
        expected: vec![mean("mean sojourn, ms", sojourn)],
        customers: customers(load, service.second_moment()),
        run: Box::new(move |root, customers| {
            vec![mean_ms(&models::shared(root, (rate, service), f64::from(cores), customers).sojourn)]
        }),
    }
}

fn repair_shop(machines: u32, life: f64) -> Case {
    // p(n) ∝ N! / (N - n)! (repair / life)^n
    let weights: Vec<f64> = (0..=machines)
        .scan(1.0, |weight, n| {
            let here = *weight;
            *weight *= f64::from(machines - n) / life;
            Some(here)
        })
        .collect();
    let total: f64 = weights.iter().sum();
    let broken: f64 = weights.iter().zip(0u32..).map(|(weight, n)| weight / total * f64::from(n)).sum();
    Case {
        name: format!("{machines} machines, a repairman, ρ = {:.2}", f64::from(machines) / life),
        expected: vec![mean("mean broken", broken), mean("repairman busy", 1.0 - 1.0 / total)],
        // A closed shop forgets within some tens of repairs.
        customers: 8_000_000,
        run: Box::new(move |root, customers| {
            let (broken, busy) = models::repair_shop(root, machines, life, customers);
            vec![broken, busy]
        }),
    }
}

/// Jackson: each station's number present is that of an M/M/1 queue of its own load.
fn network() -> Case {
    let first = models::NETWORK_RATE / (1.0 - 0.5 * 0.25);
    let rates = [first, first * 0.5, first * 0.5];
    let loads = [0, 1, 2].map(|station| rates[station] * models::NETWORK[station]);
    let present = |load: f64| load / (1.0 - load);
    let expected = loads.iter().enumerate().map(|(station, &load)| {
        mean(&format!("mean present at station {station}, ρ = {load:.3}"), present(load))
    });
    Case {
        name: "Jackson network of 3".to_owned(),
        expected: expected.collect(),
        customers: customers(0.7, 4.0),
        run: Box::new(|root, customers| models::network(root, customers).to_vec()),
    }
}
