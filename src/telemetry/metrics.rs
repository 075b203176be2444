//! The register of metrics, and their history.
//!
//! A series is registered once under Prometheus' name and labels and from then on written by its
//! [`MetricId`]: a write is an index and an addition. Once a simulated second [`Metrics::scrape`] copies all
//! current values into bounded rings (`numbers.rs`, `latency.rs`); windows are (from, to] and are answered to
//! the second.

use std::collections::BTreeMap;

use super::latency::{Fresh, LatencySeries, Summary};
use super::numbers::{self, NumberSeries, Numbers};
use super::selector::Selector;
use crate::kernel::{Histogram, SimTime, Span};

/// One series: a family and a set of labels. Counters and gauges are numbered together; histograms for themselves, with the
/// highest bit set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricId(u32);

impl MetricId {
    const HISTOGRAM: u32 = 1 << 31;

    const fn is_histogram(self) -> bool {
        self.0 & MetricId::HISTOGRAM != 0
    }

    /// Its place among those of its kind.
    const fn place(self) -> usize {
        (self.0 & !MetricId::HISTOGRAM) as usize
    }
}

/// What a family measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Latencies, by log-linear buckets with a relative error of at most 1.6 %.
    Histogram,
}

/// Series of one name.
#[derive(Clone, Debug)]
pub struct Family {
    /// Prometheus' name with its unit: `http_requests_total`, `http_request_duration_seconds`.
    pub name: String,
    /// One sentence on what is measured.
    pub help: String,
    /// What kind of figure it is.
    pub kind: MetricKind,
    /// Its series in order of registration.
    pub series: Vec<MetricId>,
}

/// One series as seen by a reader.
#[derive(Clone, Copy, Debug)]
pub struct SeriesView<'a> {
    /// The series.
    pub id: MetricId,
    /// Names and values of its labels, in the order in which they were registered.
    pub labels: &'a [(String, String)],
}

/// All metrics of a run.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    families: Vec<Family>,
    family_by_name: BTreeMap<String, usize>,
    numbers: Numbers,
    latencies: Vec<LatencySeries>,
    /// What histograms observed since the last scrape: side by side, apart from all that is read once a second.
    fresh: Vec<Fresh>,
    /// Labels of the numbers, and of the histograms.
    labels: [Vec<Labels>; 2],
    /// Zero before the first scrape.
    next_scrape: SimTime,
    scratch: Histogram,
}

/// Names and values.
type Labels = Vec<(String, String)>;

/// The history of a series.
pub(super) enum History<'a> {
    /// Of a counter or gauge.
    Number(NumberSeries<'a>),
    /// Of a histogram.
    Latency(&'a LatencySeries),
}

impl Metrics {
    /// The largest number of series; registering more is a bug in the model (labels must be few).
    pub const MAX_SERIES: usize = 4_096;

    /// No metrics.
    pub fn new() -> Metrics {
        Metrics::default()
    }

    /// Registers a counter, or finds the one registered before with the same name and labels.
    pub fn counter(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) -> MetricId {
        self.register(MetricKind::Counter, name, help, labels)
    }

    /// Registers a gauge, or finds the one registered before with the same name and labels.
    pub fn gauge(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) -> MetricId {
        self.register(MetricKind::Gauge, name, help, labels)
    }

    /// Registers a latency histogram, or finds the one registered before with the same name and labels.
    pub fn histogram(&mut self, name: &str, help: &str, labels: &[(&str, &str)]) -> MetricId {
        self.register(MetricKind::Histogram, name, help, labels)
    }

    fn register(&mut self, kind: MetricKind, name: &str, help: &str, labels: &[(&str, &str)]) -> MetricId {
        let family = match self.family_by_name.get(name) {
            Some(&family) => family,
            None => {
                let index = self.families.len();
                self.families.push(Family { name: name.into(), help: help.into(), kind, series: Vec::new() });
                self.family_by_name.insert(name.into(), index);
                index
            }
        };
        assert!(self.families[family].kind == kind, "metric {name} registered as two kinds");
        let same = |id: &&MetricId| {
            let known = self.labels(**id);
            known.len() == labels.len() && known.iter().zip(labels).all(|(a, b)| a.0 == b.0 && a.1 == b.1)
        };
        if let Some(&id) = self.families[family].series.iter().find(same) {
            return id;
        }
        assert!(self.len() < Metrics::MAX_SERIES, "more than {} series", Metrics::MAX_SERIES);
        let id = match kind {
            MetricKind::Counter | MetricKind::Gauge => {
                MetricId(self.numbers.register(kind == MetricKind::Counter) as u32)
            }
            MetricKind::Histogram => {
                self.fresh.push(Fresh::NOTHING);
                self.latencies.push(LatencySeries::new());
                MetricId((self.latencies.len() as u32 - 1) | MetricId::HISTOGRAM)
            }
        };
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        self.labels[usize::from(id.is_histogram())].push(labels);
        self.families[family].series.push(id);
        id
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&mut self, id: MetricId, n: u64) {
        if let Some(value) = self.numbers.current_mut(id.0 as usize) {
            *value += n as f64;
        } else {
            debug_assert!(false, "add() is for counters, and {:?} is a histogram", self.labels(id));
        }
    }

    /// Sets a gauge; or a counter to a total kept elsewhere, which must not be less than before.
    #[inline]
    pub fn set(&mut self, id: MetricId, value: f64) {
        if let Some(current) = self.numbers.current_mut(id.0 as usize) {
            *current = value;
        } else {
            debug_assert!(false, "set() is for gauges, and {:?} is a histogram", self.labels(id));
        }
    }

    /// Records a latency.
    #[inline]
    pub fn observe(&mut self, id: MetricId, value: Span) {
        if let Some(fresh) = self.fresh.get_mut((id.0 ^ MetricId::HISTOGRAM) as usize) {
            fresh.observe(value);
        } else {
            debug_assert!(false, "observe() is for histograms, and {:?} is none", self.labels(id));
        }
    }

    /// Copies all current values into the history, as those of second `now`. To be called once in every
    /// simulated second; seconds left out since the last call get the values of `now`, what was observed
    /// since counts in the first of them.
    pub fn scrape(&mut self, now: SimTime) {
        let tick = now.as_secs();
        let first = if self.next_scrape > SimTime::ZERO { self.next_scrape.as_secs() } else { tick };
        for tick in first..=tick {
            self.numbers.scrape(tick);
            for (latency, fresh) in self.latencies.iter_mut().zip(&mut self.fresh) {
                latency.scrape(tick, fresh, &mut self.scratch);
            }
            self.next_scrape = SimTime::from_secs(tick + 1);
        }
    }

    /// When [`Self::scrape`] is due next.
    #[inline]
    pub fn next_scrape(&self) -> SimTime {
        self.next_scrape
    }

    /// All families in order of registration.
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// A family by name.
    pub fn family(&self, name: &str) -> Option<&Family> {
        self.family_by_name.get(name).map(|&index| &self.families[index])
    }

    /// The series of a family, in order of registration; none when there is no such family.
    pub fn series(&self, name: &str) -> impl Iterator<Item = SeriesView<'_>> + '_ {
        let ids = self.family(name).map_or(&[][..], |family| &family.series);
        ids.iter().map(|&id| SeriesView { id, labels: self.labels(id) })
    }

    /// The series that a selector means.
    pub fn select(&self, selector: &Selector) -> Vec<MetricId> {
        self.series(&selector.name).filter(|view| selector.matches(view.labels)).map(|view| view.id).collect()
    }

    /// Number of series registered.
    pub fn len(&self) -> usize {
        self.numbers.len() + self.latencies.len()
    }

    /// True when nothing is registered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Heap memory held, in bytes; names and labels, a few hundred bytes for each series, left out.
    pub fn resident_bytes(&self) -> usize {
        let latencies = self.latencies.iter().map(LatencySeries::resident_bytes).sum::<usize>();
        self.numbers.resident_bytes() + latencies
    }

    pub(super) fn history(&self, id: MetricId) -> History<'_> {
        if id.is_histogram() {
            History::Latency(&self.latencies[id.place()])
        } else {
            History::Number(self.numbers.series(id.place()))
        }
    }

    /// The labels of a series.
    pub fn labels(&self, id: MetricId) -> &[(String, String)] {
        &self.labels[usize::from(id.is_histogram())][id.place()]
    }

    /// The current value: a counter's total, a gauge's value, a histogram's number of observations.
    pub fn latest(&self, id: MetricId) -> f64 {
        if id.is_histogram() {
            (self.latencies[id.place()].total().count() + self.fresh[id.place()].count()) as f64
        } else {
            self.numbers.current(id.place())
        }
    }

    /// How much a counter grew in (from, to], or how many observations a histogram had. Zero for a gauge that
    /// did not grow.
    pub fn increase(&self, id: MetricId, from: SimTime, to: SimTime) -> f64 {
        match self.history(id) {
            History::Number(number) => number.increase(from, to),
            History::Latency(latency) => latency.totals(from, to).0 as f64,
        }
    }

    /// [`Self::increase`] each second.
    pub fn rate(&self, id: MetricId, from: SimTime, to: SimTime) -> f64 {
        let seconds = to.since(from).as_secs_f64();
        if seconds > 0.0 { self.increase(id, from, to) / seconds } else { 0.0 }
    }

    /// The mean of a gauge in (from, to], or of a histogram's observations in seconds; `None` without points.
    pub fn mean(&self, id: MetricId, from: SimTime, to: SimTime) -> Option<f64> {
        match self.history(id) {
            History::Number(number) => numbers::mean(number.points(from, to)),
            History::Latency(latency) => match latency.totals(from, to) {
                (0, _) => None,
                (count, sum_ns) => Some(sum_ns as f64 / 1e9 / count as f64),
            },
        }
    }

    /// The largest point of a gauge in (from, to]; `None` without points.
    pub fn max(&self, id: MetricId, from: SimTime, to: SimTime) -> Option<f64> {
        match self.history(id) {
            History::Number(number) => number.points(from, to).reduce(f64::max),
            History::Latency(_) => None,
        }
    }

    /// One point for each `step` (whole seconds) that ends in (from, to], with the time of its end: a
    /// counter's rate each second, a gauge's mean, a histogram's observations each second. Steps of which
    /// nothing is known are left out.
    pub fn range(&self, id: MetricId, from: SimTime, to: SimTime, step: Span) -> Vec<(SimTime, f64)> {
        match self.history(id) {
            History::Number(number) => number.range(from, to, step),
            History::Latency(latency) => numbers::steps(from, to, step)
                .map(|(start, end)| (end, latency.totals(start, end).0 as f64 / step.as_secs_f64()))
                .collect(),
        }
    }

    /// The latencies observed by some histograms together in (from, to]. What is older than 15 min is taken
    /// by whole minutes.
    pub fn latencies(&self, ids: &[MetricId], from: SimTime, to: SimTime) -> Histogram {
        let mut merged = Histogram::new();
        for id in ids {
            if let History::Latency(latency) = self.history(*id) {
                latency.collect(from, to, &mut merged);
            }
        }
        merged
    }

    /// A percentile (`q` from 0 to 1) of the latencies in (from, to]; `None` when there were none.
    pub fn percentile(&self, id: MetricId, q: f64, from: SimTime, to: SimTime) -> Option<Span> {
        self.latencies(&[id], from, to).percentile(q)
    }

    /// Everything that a histogram ever observed, up to the last scrape; `None` for other kinds.
    pub fn total_latencies(&self, id: MetricId) -> Option<&Histogram> {
        match self.history(id) {
            History::Number(_) => None,
            History::Latency(latency) => Some(latency.total()),
        }
    }

    /// Summaries of the 10 s steps of a histogram that end in (from, to], up to 4 h back, for charts.
    pub fn summaries(&self, id: MetricId, from: SimTime, to: SimTime) -> Vec<(SimTime, Summary)> {
        match self.history(id) {
            History::Number(_) => Vec::new(),
            History::Latency(latency) => latency.summaries(from, to).collect(),
        }
    }
}
