//! The shop's telemetry as a source of samples, as a Prometheus that scrapes it would have them: a histogram is its
//! `_bucket`, `_sum` and `_count` series.

use super::labels::NAME;
use super::{Labels, Matcher, Series, Source};
use crate::kernel::{Calendar, SimTime};
use crate::telemetry::{BUCKET_BOUNDS_MS, MetricId, MetricKind, Metrics};

/// Telemetry with the calendar that turns its times into dates.
#[derive(Debug, Clone, Copy)]
pub struct MetricsSource<'a> {
    metrics: &'a Metrics,
    calendar: Calendar,
}

impl<'a> MetricsSource<'a> {
    /// A source over telemetry.
    pub fn new(metrics: &'a Metrics, calendar: Calendar) -> MetricsSource<'a> {
        MetricsSource { metrics, calendar }
    }

    /// The names under which a family's series are stored.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for family in self.metrics.families() {
            match family.kind {
                MetricKind::Histogram => {
                    names.extend(
                        ["_bucket", "_sum", "_count"].map(|suffix| format!("{}{suffix}", family.name)),
                    );
                }
                _ => names.push(family.name.clone()),
            }
        }
        names
    }

    fn labels(&self, id: MetricId, name: &str, extra: Option<(&str, String)>) -> Labels {
        let mut pairs = self.metrics.labels(id).to_vec();
        pairs.push((NAME.to_owned(), name.to_owned()));
        pairs.extend(extra.map(|(label, value)| (label.to_owned(), value)));
        Labels::new(pairs)
    }

    fn time(&self, second: u64) -> i64 {
        self.calendar.unix_seconds(SimTime::from_secs(second)) * 1000
    }

    /// A simulated second from a time; before the start is the start.
    fn second(&self, at_ms: i64) -> u64 {
        (at_ms.div_euclid(1000) - self.calendar.unix_seconds(SimTime::ZERO)).max(0).unsigned_abs()
    }

    fn histogram(
        &self,
        id: MetricId,
        name: &str,
        matchers: &[Matcher],
        window: (u64, u64),
        found: &mut Vec<Series>,
    ) {
        let bounds =
            || BUCKET_BOUNDS_MS.iter().map(|ms| (*ms as f64 / 1000.0).to_string()).chain(["+Inf".to_owned()]);
        let mut wanted: Vec<(usize, Labels)> = bounds()
            .enumerate()
            .map(|(place, bound)| (place, self.labels(id, &format!("{name}_bucket"), Some(("le", bound)))))
            .collect();
        wanted.push((BUCKET_BOUNDS_MS.len() + 1, self.labels(id, &format!("{name}_sum"), None)));
        wanted.push((BUCKET_BOUNDS_MS.len(), self.labels(id, &format!("{name}_count"), None)));
        wanted.retain(|(_, labels)| matchers.iter().all(|matcher| matcher.matches(labels)));
        if wanted.is_empty() {
            return;
        }
        let samples =
            self.metrics.bucket_samples(id, SimTime::from_secs(window.0), SimTime::from_secs(window.1));
        for (place, labels) in wanted {
            let value = |sample: &crate::telemetry::BucketSample| {
                if place > BUCKET_BOUNDS_MS.len() { sample.sum_s } else { sample.counts[place] as f64 }
            };
            let samples = samples.iter().map(|sample| (self.time(sample.second), value(sample))).collect();
            found.push(Series { labels, samples });
        }
    }
}

impl Source for MetricsSource<'_> {
    fn select(&self, matchers: &[Matcher], from_ms: i64, to_ms: i64) -> Vec<Series> {
        if to_ms < self.time(0) {
            return Vec::new();
        }
        let window = (self.second(from_ms), self.second(to_ms));
        let by_name = |name: &str| matchers.iter().filter(|m| m.label == NAME).all(|m| m.accepts(name));
        let mut found = Vec::new();
        for family in self.metrics.families() {
            let name = &family.name;
            if family.kind == MetricKind::Histogram {
                let any =
                    ["_bucket", "_sum", "_count"].iter().any(|suffix| by_name(&format!("{name}{suffix}")));
                for id in family.series.iter().filter(|_| any) {
                    self.histogram(*id, name, matchers, window, &mut found);
                }
                continue;
            }
            for id in family.series.iter().filter(|_| by_name(name)) {
                let labels = self.labels(*id, name, None);
                if matchers.iter().all(|matcher| matcher.matches(&labels)) {
                    let (from, to) = (SimTime::from_secs(window.0), SimTime::from_secs(window.1));
                    let samples = self.metrics.samples(*id, from, to);
                    let samples =
                        samples.into_iter().map(|(second, value)| (self.time(second), value)).collect();
                    found.push(Series { labels, samples });
                }
            }
        }
        found
    }
}
