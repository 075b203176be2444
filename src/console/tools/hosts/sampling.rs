//! Tools that print a line at each interval until they have printed enough or are interrupted (`vmstat 1 5`).

use super::{Host, find};
use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::table::{Outcome, Output};
use crate::console::text::duration;
use crate::kernel::{SimTime, Span};

/// What a machine has counted since its start.
#[derive(Clone, Copy)]
pub(super) struct Counters {
    pub(super) at: SimTime,
    /// Core time, nanoseconds.
    cpu_ns: u64,
    /// Time of outstanding single-page reads, nanoseconds.
    random_ns: u64,
    /// Time of streaming, nanoseconds.
    stream_ns: u64,
}

/// Figures of a stretch of time.
#[derive(Clone, Copy)]
pub(super) struct Use {
    /// Share of all cores that was busy, 0 to 1.
    pub(super) cpu: f64,
    /// Single-page reads each second.
    pub(super) reads_per_s: f64,
    /// Bytes read each second, streaming included.
    pub(super) read_bytes_per_s: f64,
    /// Share of what the disk can do, 0 to 1.
    pub(super) disk: f64,
    /// Mean number of outstanding reads.
    pub(super) outstanding: f64,
}

/// Size of a page.
const PAGE: f64 = 8192.0;
/// Bytes in a MB of the disk's throughput.
const MB: f64 = 1e6;

impl Counters {
    /// What has been counted by now.
    pub(super) fn of(host: Host<'_>, now: SimTime) -> Counters {
        let (random_ns, stream_ns) = host.server.disk_busy_ns(now);
        Counters { at: now, cpu_ns: host.server.cpu_busy_ns(now), random_ns, stream_ns }
    }

    /// Nothing counted: the machine's start.
    pub(super) const START: Counters = Counters { at: SimTime::ZERO, cpu_ns: 0, random_ns: 0, stream_ns: 0 };
}

/// What a machine did from one count to another.
pub(super) fn used(host: Host<'_>, from: &Counters, to: &Counters) -> Use {
    let seconds = to.at.since(from.at).as_secs_f64().max(1e-9);
    let config = host.server.config();
    let each_s = |before: u64, after: u64| after.saturating_sub(before) as f64 / 1e9 / seconds;
    let outstanding = each_s(from.random_ns, to.random_ns);
    let latency = config.disk_latency.as_secs_f64().max(1e-9);
    let streaming = each_s(from.stream_ns, to.stream_ns);
    let depth = (config.disk_iops * latency).max(1e-9);
    let reads_per_s = outstanding / latency;
    Use {
        cpu: (each_s(from.cpu_ns, to.cpu_ns) / config.cores).clamp(0.0, 1.0),
        reads_per_s,
        read_bytes_per_s: reads_per_s * PAGE + streaming * config.disk_mb_s * MB,
        disk: (outstanding / depth).max(streaming).clamp(0.0, 1.0),
        outstanding,
    }
}

/// Prints one report from the counts before and now; the number tells which report it is, from 0.
pub(super) type Report = fn(&Context<'_>, Host<'_>, (&Counters, &Counters), u64) -> String;

/// A tool that reports at intervals.
#[derive(Clone)]
pub(crate) struct Sampling {
    host: String,
    every: Span,
    /// Reports still to come; nothing for without end.
    left: Option<u64>,
    next: SimTime,
    last: Counters,
    number: u64,
    first: Option<String>,
    report: Report,
}

impl Sampling {
    /// A report each `every` from now on, `left` of them, after what is printed at once.
    pub(super) fn start(
        context: &Context<'_>,
        host: Host<'_>,
        (every, left): (Span, Option<u64>),
        first: Option<String>,
        report: Report,
    ) -> Outcome {
        let now = context.world.now();
        let number = u64::from(first.is_some());
        Outcome::Job(Job::Sample(Box::new(Sampling {
            host: host.name.to_owned(),
            every,
            left,
            next: now + every,
            last: Counters::of(host, now),
            number,
            first,
            report,
        })))
    }

    /// Prints what is due.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Polled {
        let mut output = Output::default();
        if let Some(first) = self.first.take() {
            output.out(first);
        }
        let now = context.world.now();
        while self.left != Some(0) && now >= self.next {
            let Some(host) = find(context, &self.host) else { return Polled::Done(output) };
            let counted = Counters::of(host, now);
            output.out((self.report)(context, host, (&self.last, &counted), self.number));
            self.number += 1;
            self.last = counted;
            self.next = now + self.every;
            self.left = self.left.map(|left| left - 1);
        }
        if self.left == Some(0) { Polled::Done(output) } else { Polled::Pending(output) }
    }
}

/// Shortest interval.
const SHORTEST: Span = Span::from_secs(1);

/// `[INTERVAL [COUNT]]`: nothing without an interval.
pub(super) fn interval(tool: &str, operands: &[String]) -> Result<Option<(Span, Option<u64>)>, Output> {
    let bad = |text: &str| Output::failure(format!("{tool}: failed to parse argument: '{text}'"));
    let Some(text) = operands.first() else { return Ok(None) };
    let every = duration(text).filter(|every| *every >= SHORTEST).ok_or_else(|| bad(text))?;
    let count = match operands.get(1) {
        None => None,
        Some(text) => Some(text.parse().ok().filter(|count| *count > 0).ok_or_else(|| bad(text))?),
    };
    Ok(Some((every, count)))
}
