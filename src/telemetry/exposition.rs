//! Current values as Prometheus' text format writes them, which is what `curl :9100/metrics` shows.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>, version 0.0.4.

use std::fmt::Write;

use super::BUCKET_BOUNDS_MS;
use super::metrics::{Family, MetricId, MetricKind, Metrics};
use crate::kernel::{Histogram, Span};

impl Metrics {
    /// The families whose name starts with `prefix`, in Prometheus' text format.
    pub fn exposition(&self, prefix: &str) -> String {
        let mut text = String::new();
        for family in self.families().iter().filter(|family| family.name.starts_with(prefix)) {
            let kind = match family.kind {
                MetricKind::Counter => "counter",
                MetricKind::Gauge => "gauge",
                MetricKind::Histogram => "histogram",
            };
            let name = &family.name;
            text += &format!("# HELP {name} {}\n# TYPE {name} {kind}\n", family.help);
            for &id in &family.series {
                self.expose_series(&mut text, family, id);
            }
        }
        text
    }

    fn expose_series(&self, text: &mut String, family: &Family, id: MetricId) {
        let labels: Vec<String> =
            self.labels(id).iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        let name = &family.name;
        let Some(total) = self.total_latencies(id) else {
            line(text, name, "", &labels, None, self.latest(id));
            return;
        };
        for bound in BUCKET_BOUNDS_MS {
            let limit = format!("le=\"{}\"", bound as f64 / 1000.0);
            line(text, name, "_bucket", &labels, Some(&limit), count_up_to(total, Span::from_millis(bound)));
        }
        line(text, name, "_bucket", &labels, Some("le=\"+Inf\""), total.count() as f64);
        line(text, name, "_sum", &labels, None, total.sum_ns() as f64 / 1e9);
        line(text, name, "_count", &labels, None, total.count() as f64);
    }
}

fn line(text: &mut String, name: &str, suffix: &str, labels: &[String], extra: Option<&str>, value: f64) {
    let all: Vec<&str> = labels.iter().map(String::as_str).chain(extra).collect();
    let labels = if all.is_empty() { String::new() } else { format!("{{{}}}", all.join(",")) };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}{suffix}{labels} {value}");
}

/// Observations in the buckets up to the one that holds `bound`.
fn count_up_to(histogram: &Histogram, bound: Span) -> f64 {
    let last = Histogram::bucket(bound);
    let count: u64 =
        histogram.buckets().take_while(|&(bucket, _)| bucket <= last).map(|(_, count)| count).sum();
    count as f64
}
