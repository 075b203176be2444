//! Queues built from the kernel's parts against closed forms: means within 1 %, percentiles within 2 %, at
//! fixed seeds.
//!
//! The formulas are in any text, such as Kleinrock, "Queueing Systems" vol. 1 (1975) and, for sharing and
//! closed networks, Harchol-Balter, "Performance Modeling and Design of Computer Systems" (2013). Rates are
//! per millisecond. The numbers of customers make the standard error about a third of the tolerance or less;
//! loads above 0.9 would need minutes of run time for that.

use firedrill::kernel::{
    Admission, EventQueue, Histogram, Occupancy, SharedProcessor, SimTime, Span, Station, Stream,
};

const SEED: u64 = 4;
const MEAN_TOLERANCE: f64 = 0.01;
const PERCENTILE_TOLERANCE: f64 = 0.02;

fn check(what: &str, simulated: f64, theory: f64, tolerance: f64) {
    let error = simulated / theory - 1.0;
    println!("{what:<48} theory {theory:10.5}  simulated {simulated:10.5}  error {:+.2} %", error * 100.0);
    assert!(
        error.abs() <= tolerance,
        "{what}: {simulated} is not {theory} (seed {SEED}, {:+.2} %)",
        error * 100.0
    );
}

fn ms(x: f64) -> Span {
    Span::from_millis_f64(x)
}

/// Service times of mean 1 ms.
#[derive(Clone, Copy, Debug)]
enum Service {
    Constant,
    Exponential,
    LogNormal {
        sigma: f64,
    },
    /// Two exponentials, one in ten of mean 5.5 ms and the others of 0.5 ms: squared coefficient of variation
    /// 5.5.
    HyperExponential,
}

impl Service {
    fn draw(self, stream: &mut Stream) -> Span {
        match self {
            Service::Constant => ms(1.0),
            Service::Exponential => stream.exponential(ms(1.0)),
            Service::LogNormal { sigma } => stream.log_normal(ms(libm::exp(-sigma * sigma / 2.0)), sigma),
            Service::HyperExponential => {
                let mean = if stream.chance(0.1) { 5.5 } else { 0.5 };
                stream.exponential(ms(mean))
            }
        }
    }

    /// The second moment, in ms².
    fn second_moment(self) -> f64 {
        match self {
            Service::Constant => 1.0,
            Service::Exponential => 2.0,
            Service::LogNormal { sigma } => libm::exp(sigma * sigma),
            Service::HyperExponential => 0.1 * 2.0 * 5.5 * 5.5 + 0.9 * 2.0 * 0.25,
        }
    }
}

#[derive(Default)]
struct Measured {
    sojourn: Histogram,
    wait: Histogram,
    arrivals: u64,
    refused: u64,
}

impl Measured {
    fn mean_sojourn(&self) -> f64 {
        self.sojourn.sum_ns() as f64 / self.sojourn.count() as f64 / 1e6
    }

    fn mean_wait(&self) -> f64 {
        self.wait.sum_ns() as f64 / self.wait.count() as f64 / 1e6
    }

    fn refused_share(&self) -> f64 {
        self.refused as f64 / self.arrivals as f64
    }
}

/// Streams of a case's own: the errors of two cases are then independent.
fn streams(case: &str) -> (Stream, Stream) {
    let root = Stream::named(SEED, case);
    (root.fork("arrivals"), root.fork("services"))
}

/// Poisson arrivals at `rate` to a first-come-first-served station.
fn first_come(rate: f64, service: Service, servers: u32, backlog: usize, customers: u64) -> Measured {
    let (mut arrivals, mut services) =
        streams(&format!("{service:?} {rate} first come, {servers} + {backlog}"));
    let mut station = Station::new(servers, backlog);
    let mut departures = EventQueue::new();
    let mut measured = Measured::default();
    let mut next_arrival = SimTime::ZERO + arrivals.exponential(ms(1.0 / rate));
    while measured.arrivals < customers {
        if let Some((now, arrived)) = departures.pop_due(next_arrival) {
            measured.sojourn.record(now - arrived);
            if let Some((arrived, waited)) = station.release(now) {
                measured.wait.record(waited);
                departures.push(now + service.draw(&mut services), arrived);
            }
            continue;
        }
        let now = next_arrival;
        measured.arrivals += 1;
        match station.arrive(now, now) {
            Admission::Started => {
                measured.wait.record(Span::ZERO);
                departures.push(now + service.draw(&mut services), now);
            }
            Admission::Queued => {}
            Admission::Refused => measured.refused += 1,
        }
        next_arrival = now + arrivals.exponential(ms(1.0 / rate));
    }
    let end = next_arrival;
    assert_eq!(station.waited_ns(end), station.queue_area_ns(end), "Little's law, exactly");
    measured
}

/// Poisson arrivals at `rate` to a shared processor.
fn shared(rate: f64, service: Service, cores: f64, customers: u64) -> Measured {
    let (mut arrivals, mut services) = streams(&format!("{service:?} {rate} shared by {cores}"));
    let mut cpu = SharedProcessor::new(cores);
    let mut arrived: Vec<SimTime> = Vec::new();
    let mut free: Vec<u32> = Vec::new();
    let mut measured = Measured::default();
    let mut next_arrival = SimTime::ZERO + arrivals.exponential(ms(1.0 / rate));
    while measured.arrivals < customers {
        if let Some(now) = cpu.next_completion().filter(|&next| next <= next_arrival) {
            let job = cpu.complete(now).expect("a completion is due");
            measured.sojourn.record(now - arrived[job as usize]);
            free.push(job);
            continue;
        }
        let now = next_arrival;
        measured.arrivals += 1;
        let job = free.pop().unwrap_or_else(|| {
            arrived.push(now);
            arrived.len() as u32 - 1
        });
        arrived[job as usize] = now;
        cpu.submit(now, job, service.draw(&mut services));
        next_arrival = now + arrivals.exponential(ms(1.0 / rate));
    }
    measured
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

#[test]
fn one_exponential_server_has_an_exponential_sojourn() {
    for (rate, customers) in [(0.3, 1_000_000), (0.6, 2_000_000), (0.8, 5_000_000)] {
        let measured = first_come(rate, Service::Exponential, 1, usize::MAX, customers);
        let mean = 1.0 / (1.0 - rate);
        check(&format!("M/M/1 ρ={rate} mean sojourn"), measured.mean_sojourn(), mean, MEAN_TOLERANCE);
        for q in [0.5, 0.95, 0.99] {
            let simulated = measured.sojourn.percentile(q).unwrap().as_millis_f64();
            let theory = -mean * libm::log(1.0 - q);
            check(&format!("M/M/1 ρ={rate} p{}", q * 100.0), simulated, theory, PERCENTILE_TOLERANCE);
        }
    }
}

#[test]
fn several_servers_wait_as_erlang_c_says() {
    for (servers, load, customers) in [(2, 0.5, 2_000_000), (8, 0.8, 4_000_000), (40, 0.9, 5_000_000)] {
        let rate = load * f64::from(servers);
        let measured = first_come(rate, Service::Exponential, servers, usize::MAX, customers);
        let waits = erlang_c(servers, rate);
        let drain = f64::from(servers) - rate;
        let name = format!("M/M/{servers} ρ={load}");
        let sojourn = 1.0 + waits / drain;
        check(&format!("{name} mean sojourn"), measured.mean_sojourn(), sojourn, MEAN_TOLERANCE);
        let waited = measured.wait.share_above(Span::ZERO);
        check(&format!("{name} share that waits"), waited, waits, PERCENTILE_TOLERANCE);
        // P(W > t) = C e^-(cμ-λ)t
        let simulated = measured.wait.percentile(0.95).unwrap().as_millis_f64();
        if waits > 0.05 {
            check(
                &format!("{name} p95 wait"),
                simulated,
                libm::log(waits / 0.05) / drain,
                PERCENTILE_TOLERANCE,
            );
        }
    }
}

#[test]
fn a_bounded_queue_loses_as_erlang_says() {
    for (servers, backlog, rate) in [(1u32, 4usize, 0.9), (4, 6, 4.4), (5, 0, 4.0), (20, 0, 18.0)] {
        let measured = first_come(rate, Service::Exponential, servers, backlog, 1_500_000);
        let weights: Vec<f64> = (0..=servers as usize + backlog)
            .scan(1.0, |weight, n| {
                let here = *weight;
                *weight *= rate / f64::from(servers.min(n as u32 + 1));
                Some(here)
            })
            .collect();
        let total: f64 = weights.iter().sum();
        let lost = weights[weights.len() - 1] / total;
        let name = format!("M/M/{servers}/{}", servers as usize + backlog);
        check(&format!("{name} share lost"), measured.refused_share(), lost, MEAN_TOLERANCE);
        if backlog == 0 {
            check(
                &format!("{name} Erlang B"),
                measured.refused_share(),
                erlang_b(servers, rate),
                MEAN_TOLERANCE,
            );
        }
        let present: f64 = weights.iter().zip(0u32..).map(|(weight, n)| weight / total * f64::from(n)).sum();
        let sojourn = present / (rate * (1.0 - lost));
        check(&format!("{name} mean sojourn"), measured.mean_sojourn(), sojourn, MEAN_TOLERANCE);
    }
}

#[test]
fn waiting_grows_with_the_second_moment_of_service() {
    for (service, rate, customers) in [
        (Service::Constant, 0.7, 1_000_000),
        (Service::LogNormal { sigma: 0.8 }, 0.6, 3_000_000),
        (Service::HyperExponential, 0.6, 4_000_000),
    ] {
        let measured = first_come(rate, service, 1, usize::MAX, customers);
        let wait = rate * service.second_moment() / (2.0 * (1.0 - rate));
        check(&format!("M/G/1 {service:?} ρ={rate} mean wait"), measured.mean_wait(), wait, MEAN_TOLERANCE);
    }
}

#[test]
fn a_shared_processor_does_not_care_how_work_is_distributed() {
    for service in [
        Service::Constant,
        Service::Exponential,
        Service::LogNormal { sigma: 0.8 },
        Service::HyperExponential,
    ] {
        let measured = shared(0.7, service, 1.0, 4_000_000);
        let mean = 1.0 / (1.0 - 0.7);
        check(&format!("M/G/1-PS {service:?} ρ=0.7"), measured.mean_sojourn(), mean, MEAN_TOLERANCE);
        let measured = shared(3.2, service, 4.0, 6_000_000);
        let mean = 1.0 + erlang_c(4, 3.2) / (4.0 - 3.2);
        check(&format!("M/G/4-PS {service:?} ρ=0.8"), measured.mean_sojourn(), mean, MEAN_TOLERANCE);
    }
}

#[test]
fn a_closed_shop_of_machines_and_a_repairman_balances() {
    const MACHINES: u32 = 12;
    let (life, repair) = (ms(10.0), ms(1.0));
    let mut lives = Stream::named(SEED, "lives");
    let mut repairs = Stream::named(SEED, "repairs");
    #[derive(Clone, Copy)]
    enum Event {
        Breaks,
        Repaired,
    }
    let mut events = EventQueue::new();
    let mut repairman = Station::new(1, MACHINES as usize);
    let mut broken = Occupancy::default();
    (0..MACHINES).for_each(|_| events.push(SimTime::ZERO + lives.exponential(life), Event::Breaks));
    let mut end = SimTime::ZERO;
    for _ in 0..2_000_000 {
        let (now, event) = events.pop().unwrap();
        end = now;
        let starts = match event {
            Event::Breaks => {
                broken.enter(now);
                repairman.arrive(now, ()) == Admission::Started
            }
            Event::Repaired => {
                broken.leave(now);
                events.push(now + lives.exponential(life), Event::Breaks);
                repairman.release(now).is_some()
            }
        };
        if starts {
            events.push(now + repairs.exponential(repair), Event::Repaired);
        }
    }
    // p(n) ∝ N!/(N-n)! (repair/life)^n
    let weights: Vec<f64> = (0..=MACHINES)
        .scan(1.0, |weight, n| {
            let here = *weight;
            *weight *= f64::from(MACHINES - n) * 0.1;
            Some(here)
        })
        .collect();
    let total: f64 = weights.iter().sum();
    let mean: f64 = weights.iter().zip(0u32..).map(|(weight, n)| weight / total * f64::from(n)).sum();
    check("machine repair, mean broken", broken.mean_since(SimTime::ZERO, 0, end), mean, MEAN_TOLERANCE);
    let busy = repairman.busy_ns(end) as f64 / end.0 as f64;
    check("machine repair, repairman busy", busy, 1.0 - 1.0 / total, MEAN_TOLERANCE);
}

#[test]
fn stations_of_an_open_network_behave_as_if_alone() {
    // 0.4 arrivals/ms at station 0; from there 50 % to 1, 50 % to 2; from 1 back to 0 with 25 %; from 2 out.
    let loads = {
        let first = 0.4 / (1.0 - 0.5 * 0.25);
        [first * 1.2, first * 0.5 * 2.5, first * 0.5 * 3.0]
    };
    let means = [1.2, 2.5, 3.0];
    let mut arrivals = Stream::named(SEED, "arrivals");
    let mut services = Stream::named(SEED, "services");
    let mut routes = Stream::named(SEED, "routes");
    let mut stations =
        [Station::new(1, usize::MAX), Station::new(1, usize::MAX), Station::new(1, usize::MAX)];
    let mut present = [Occupancy::default(); 3];
    let mut departures: EventQueue<usize> = EventQueue::new();
    let mut next_arrival = SimTime::ZERO;
    let mut now = SimTime::ZERO;
    for _ in 0..6_000_000 {
        let to = match departures.pop_due(next_arrival) {
            Some((at, from)) => {
                now = at;
                present[from].leave(now);
                if stations[from].release(now).is_some() {
                    departures.push(now + services.exponential(ms(means[from])), from);
                }
                match from {
                    0 => Some(if routes.chance(0.5) { 1 } else { 2 }),
                    1 => routes.chance(0.25).then_some(0),
                    _ => None,
                }
            }
            None => {
                now = next_arrival;
                next_arrival = now + arrivals.exponential(ms(2.5));
                Some(0)
            }
        };
        let Some(to) = to else { continue };
        present[to].enter(now);
        if stations[to].arrive(now, ()) == Admission::Started {
            departures.push(now + services.exponential(ms(means[to])), to);
        }
    }
    for (station, load) in loads.into_iter().enumerate() {
        let simulated = present[station].mean_since(SimTime::ZERO, 0, now);
        check(
            &format!("Jackson network, station {station} ρ={load:.3}"),
            simulated,
            load / (1.0 - load),
            MEAN_TOLERANCE,
        );
    }
}
