//! The register of metrics, and their history.
//!
//! A series is registered once under Prometheus' name and labels and from then on written by its
//! [`MetricId`]: a write is an index and an addition. Once a simulated second [`Metrics::scrape`] copies all
//! current values into bounded rings (`series.rs`, `latency.rs`); windows are (from, to] and are answered to
//! the second.

use std::collections::BTreeMap;

use super::latency::{Fresh, LatencySeries, Summary};
use super::selector::Selector;
use super::series::{self, NumberSeries};
use crate::kernel::{Histogram, SimTime, Span};

/// One series: a family and a set of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricId(u32);

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
    series: Vec<Series>,
    /// What is written between two scrapes, by series: side by side, apart from all that is read once a second.
    current: Vec<Current>,
    fresh: Vec<Fresh>,
    /// Zero before the first scrape.
    next_scrape: SimTime,
    scratch: Histogram,
}

/// A series as it is written.
#[derive(Clone, Copy, Debug)]
enum Current {
    /// A counter's total or a gauge's value.
    Number(f64),
    /// The place of a histogram's latest observations.
    Latency(u32),
}

#[derive(Clone, Debug)]
struct Series {
    labels: Vec<(String, String)>,
    store: Store,
}

#[derive(Clone, Debug)]
pub(super) enum Store {
    Number(NumberSeries),
    Latency(Box<LatencySeries>),
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
            let known = &self.series[id.0 as usize].labels;
            known.len() == labels.len() && known.iter().zip(labels).all(|(a, b)| a.0 == b.0 && a.1 == b.1)
        };
        if let Some(&id) = self.families[family].series.iter().find(same) {
            return id;
        }
        assert!(self.series.len() < Metrics::MAX_SERIES, "more than {} series", Metrics::MAX_SERIES);
        let id = MetricId(self.series.len() as u32);
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        let (store, current) = match kind {
            MetricKind::Counter => (Store::Number(NumberSeries::counter()), Current::Number(0.0)),
            MetricKind::Gauge => (Store::Number(NumberSeries::gauge()), Current::Number(0.0)),
            MetricKind::Histogram => {
                self.fresh.push(Fresh::NOTHING);
                let place = self.fresh.len() as u32 - 1;
                (Store::Latency(Box::new(LatencySeries::new())), Current::Latency(place))
            }
        };
        self.current.push(current);
        self.series.push(Series { labels, store });
        self.families[family].series.push(id);
        id
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&mut self, id: MetricId, n: u64) {
        if let Current::Number(value) = &mut self.current[id.0 as usize] {
            *value += n as f64;
        } else {
            debug_assert!(false, "add() is for counters, and {:?} is a histogram", self.labels(id));
        }
    }

    /// Sets a gauge; or a counter to a total kept elsewhere, which must not be less than before.
    #[inline]
    pub fn set(&mut self, id: MetricId, value: f64) {
        if let Current::Number(current) = &mut self.current[id.0 as usize] {
            *current = value;
        } else {
            debug_assert!(false, "set() is for gauges, and {:?} is a histogram", self.labels(id));
        }
    }

    /// Records a latency.
    #[inline]
    pub fn observe(&mut self, id: MetricId, value: Span) {
        if let Current::Latency(place) = self.current[id.0 as usize] {
            self.fresh[place as usize].observe(value);
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
            for (series, current) in self.series.iter_mut().zip(&self.current) {
                match (&mut series.store, *current) {
                    (Store::Number(number), Current::Number(value)) => number.scrape(tick, value),
                    (Store::Latency(latency), Current::Latency(place)) => {
                        latency.scrape(tick, &mut self.fresh[place as usize], &mut self.scratch);
                    }
                    _ => debug_assert!(false, "a series is written as it is kept"),
                }
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
        self.series.len()
    }

    /// True when nothing is registered.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Heap memory held, in bytes; names and labels, a few hundred bytes for each series, left out.
    pub fn resident_bytes(&self) -> usize {
        let bytes = |series: &Series| match &series.store {
            Store::Number(number) => size_of::<Series>() + number.resident_bytes(),
            Store::Latency(latency) => size_of::<Series>() + latency.resident_bytes(),
        };
        self.series.iter().map(bytes).sum()
    }

    pub(super) fn store(&self, id: MetricId) -> &Store {
        &self.series[id.0 as usize].store
    }

    /// The labels of a series.
    pub fn labels(&self, id: MetricId) -> &[(String, String)] {
        &self.series[id.0 as usize].labels
    }

    /// The current value: a counter's total, a gauge's value, a histogram's number of observations.
    pub fn latest(&self, id: MetricId) -> f64 {
        match self.current[id.0 as usize] {
            Current::Number(value) => value,
            Current::Latency(place) => {
                let before = self.total_latencies(id).map_or(0, Histogram::count);
                (before + self.fresh[place as usize].count()) as f64
            }
        }
    }

    /// How much a counter grew in (from, to], or how many observations a histogram had. Zero for a gauge that
    /// did not grow.
    pub fn increase(&self, id: MetricId, from: SimTime, to: SimTime) -> f64 {
        match &self.series[id.0 as usize].store {
            Store::Number(number) => number.increase(from, to),
            Store::Latency(latency) => latency.totals(from, to).0 as f64,
        }
    }

    /// [`Self::increase`] each second.
    pub fn rate(&self, id: MetricId, from: SimTime, to: SimTime) -> f64 {
        let seconds = to.since(from).as_secs_f64();
        if seconds > 0.0 { self.increase(id, from, to) / seconds } else { 0.0 }
    }

    /// The mean of a gauge in (from, to], or of a histogram's observations in seconds; `None` without points.
    pub fn mean(&self, id: MetricId, from: SimTime, to: SimTime) -> Option<f64> {
        match &self.series[id.0 as usize].store {
            Store::Number(number) => series::mean(number.points(from, to)),
            Store::Latency(latency) => match latency.totals(from, to) {
                (0, _) => None,
                (count, sum_ns) => Some(sum_ns as f64 / 1e9 / count as f64),
            },
        }
    }

    /// The largest point of a gauge in (from, to]; `None` without points.
    pub fn max(&self, id: MetricId, from: SimTime, to: SimTime) -> Option<f64> {
        match &self.series[id.0 as usize].store {
            Store::Number(number) => number.points(from, to).reduce(f64::max),
            Store::Latency(_) => None,
        }
    }

    /// One point for each `step` (whole seconds) that ends in (from, to], with the time of its end: a
    /// counter's rate each second, a gauge's mean, a histogram's observations each second. Steps of which
    /// nothing is known are left out.
    pub fn range(&self, id: MetricId, from: SimTime, to: SimTime, step: Span) -> Vec<(SimTime, f64)> {
        match &self.series[id.0 as usize].store {
            Store::Number(number) => number.range(from, to, step),
            Store::Latency(latency) => series::steps(from, to, step)
                .map(|(start, end)| (end, latency.totals(start, end).0 as f64 / step.as_secs_f64()))
                .collect(),
        }
    }

    /// The latencies observed by some histograms together in (from, to]. What is older than 15 min is taken
    /// by whole minutes.
    pub fn latencies(&self, ids: &[MetricId], from: SimTime, to: SimTime) -> Histogram {
        let mut merged = Histogram::new();
        for id in ids {
            if let Store::Latency(latency) = &self.series[id.0 as usize].store {
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
        match &self.series[id.0 as usize].store {
            Store::Number(_) => None,
            Store::Latency(latency) => Some(latency.total()),
        }
    }

    /// Summaries of the 10 s steps of a histogram that end in (from, to], up to 4 h back, for charts.
    pub fn summaries(&self, id: MetricId, from: SimTime, to: SimTime) -> Vec<(SimTime, Summary)> {
        match &self.series[id.0 as usize].store {
            Store::Number(_) => Vec::new(),
            Store::Latency(latency) => latency.summaries(from, to).collect(),
        }
    }
}
