//! Queues built from the kernel's parts. Rates are per millisecond, times in milliseconds; everybody's mean service
//! takes 1 ms unless it says otherwise.

use firedrill::kernel::{
    Admission, EventQueue, Histogram, Occupancy, SharedProcessor, SimTime, Span, Station, Stream,
};

/// Service times of mean 1 ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Service {
    Constant,
    Exponential,
    /// Of this standard deviation of the logarithm.
    LogNormal(f64),
    /// Two exponentials, one in ten of mean 5.5 ms and the others of 0.5 ms.
    HyperExponential,
}

impl Service {
    pub(super) const ALL: [Service; 4] =
        [Service::Constant, Service::Exponential, Service::LogNormal(0.8), Service::HyperExponential];

    fn draw(self, stream: &mut Stream) -> Span {
        match self {
            Service::Constant => ms(1.0),
            Service::Exponential => stream.exponential(ms(1.0)),
            Service::LogNormal(sigma) => stream.log_normal(ms(libm::exp(-sigma * sigma / 2.0)), sigma),
            Service::HyperExponential => {
                let mean = if stream.chance(0.1) { 5.5 } else { 0.5 };
                stream.exponential(ms(mean))
            }
        }
    }

    /// The second moment, in ms².
    pub(super) fn second_moment(self) -> f64 {
        match self {
            Service::Constant => 1.0,
            Service::Exponential => 2.0,
            Service::LogNormal(sigma) => libm::exp(sigma * sigma),
            Service::HyperExponential => 0.1 * 2.0 * 5.5 * 5.5 + 0.9 * 2.0 * 0.25,
        }
    }

    /// The letter of Kendall's notation.
    pub(super) fn letter(self) -> &'static str {
        match self {
            Service::Constant => "D",
            Service::Exponential => "M",
            Service::LogNormal(_) => "LN",
            Service::HyperExponential => "H2",
        }
    }
}

fn ms(x: f64) -> Span {
    Span::from_millis_f64(x)
}

/// What the customers of one run met.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) sojourn: Histogram,
    pub(super) wait: Histogram,
    arrivals: u64,
    refused: u64,
}

impl Measured {
    pub(super) fn refused_share(&self) -> f64 {
        self.refused as f64 / self.arrivals as f64
    }
}

/// The mean of what a histogram counted, in milliseconds; exact.
pub(super) fn mean_ms(histogram: &Histogram) -> f64 {
    histogram.sum_ns() as f64 / histogram.count() as f64 / 1e6
}

/// A percentile in milliseconds, interpolated within its bucket: the bucket's width must not be taken for an error of
/// the queue's.
pub(super) fn percentile_ms(histogram: &Histogram, q: f64) -> f64 {
    let wanted = q * histogram.count() as f64;
    let mut below = 0.0;
    for (bucket, count) in histogram.buckets() {
        let inside = count as f64;
        if below + inside >= wanted {
            let (low, high) = (Histogram::lower(bucket), Histogram::lower(bucket + 1));
            let share = (wanted - below) / inside;
            return low.as_millis_f64() + (high.as_millis_f64() - low.as_millis_f64()) * share;
        }
        below += inside;
    }
    f64::NAN
}

/// Poisson arrivals at `rate` to a first-come-first-served station.
pub(super) fn first_come(
    root: &Stream,
    (rate, service): (f64, Service),
    servers: u32,
    backlog: usize,
    customers: u64,
) -> Measured {
    let (mut arrivals, mut services) = (root.fork("arrivals"), root.fork("services"));
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
pub(super) fn shared(root: &Stream, (rate, service): (f64, Service), cores: f64, customers: u64) -> Measured {
    let (mut arrivals, mut services) = (root.fork("arrivals"), root.fork("services"));
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

/// A closed shop: machines that run for an exponential time and wait for the one repairman, who takes 1 ms. The mean
/// number broken, and the share of time that the repairman works.
pub(super) fn repair_shop(root: &Stream, machines: u32, life_ms: f64, repairs_wanted: u64) -> (f64, f64) {
    #[derive(Clone, Copy)]
    enum Event {
        Breaks,
        Repaired,
    }
    let (mut lives, mut repairs) = (root.fork("lives"), root.fork("repairs"));
    let mut events = EventQueue::new();
    let mut repairman = Station::new(1, machines as usize);
    let mut broken = Occupancy::default();
    (0..machines).for_each(|_| events.push(SimTime::ZERO + lives.exponential(ms(life_ms)), Event::Breaks));
    let mut end = SimTime::ZERO;
    for _ in 0..2 * repairs_wanted {
        let Some((now, event)) = events.pop() else { break };
        end = now;
        let starts = match event {
            Event::Breaks => {
                broken.enter(now);
                repairman.arrive(now, ()) == Admission::Started
            }
            Event::Repaired => {
                broken.leave(now);
                events.push(now + lives.exponential(ms(life_ms)), Event::Breaks);
                repairman.release(now).is_some()
            }
        };
        if starts {
            events.push(now + repairs.exponential(ms(1.0)), Event::Repaired);
        }
    }
    (broken.mean_since(SimTime::ZERO, 0, end), repairman.busy_ns(end) as f64 / end.0 as f64)
}

/// Mean service times of the network's stations.
pub(super) const NETWORK: [f64; 3] = [1.2, 2.5, 3.0];
/// Arrivals from outside, at station 0; half go on to 1, half to 2; from 1 a quarter comes back to 0, from 2 all leave.
pub(super) const NETWORK_RATE: f64 = 0.4;

/// An open Jackson network: the mean number at each station.
pub(super) fn network(root: &Stream, customers: u64) -> [f64; 3] {
    let [mut arrivals, mut services, mut routes] =
        ["arrivals", "services", "routes"].map(|name| root.fork(name));
    let mut stations = [0; 3].map(|_| Station::new(1, usize::MAX));
    let mut present = [Occupancy::default(); 3];
    let mut departures: EventQueue<usize> = EventQueue::new();
    let mut next_arrival = SimTime::ZERO;
    let mut now = SimTime::ZERO;
    let mut arrived = 0;
    while arrived < customers {
        let to = match departures.pop_due(next_arrival) {
            Some((at, from)) => {
                now = at;
                present[from].leave(now);
                if stations[from].release(now).is_some() {
                    departures.push(now + services.exponential(ms(NETWORK[from])), from);
                }
                match from {
                    0 => Some(if routes.chance(0.5) { 1 } else { 2 }),
                    1 => routes.chance(0.25).then_some(0),
                    _ => None,
                }
            }
            None => {
                now = next_arrival;
                arrived += 1;
                next_arrival = now + arrivals.exponential(ms(1.0 / NETWORK_RATE));
                Some(0)
            }
        };
        let Some(to) = to else { continue };
        present[to].enter(now);
        if stations[to].arrive(now, ()) == Admission::Started {
            departures.push(now + services.exponential(ms(NETWORK[to])), to);
        }
    }
    present.map(|present| present.mean_since(SimTime::ZERO, 0, now))
}
