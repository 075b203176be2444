//! What a server's sessions make of a load, and how far that is from what was measured.

use std::collections::VecDeque;

use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::server::{BackendId, Completion, QueryId, Server};

use super::server::login;

/// How far a ratio may lie outside what real runs span.
pub(super) const TOLERANCE: f64 = 0.25;
/// Transactions that the model runs for each level.
const TRANSACTIONS: usize = 6_000;
/// What is compared, in the order of [`figures`].
pub(super) const METRICS: [&str; 4] = ["tps", "p50", "p95", "p99"];

fn percentile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

/// Throughput a second and percentiles in milliseconds of what was answered meanwhile.
pub(super) fn figures(mut latencies: Vec<f64>, elapsed: Span) -> [f64; 4] {
    let tps = latencies.len() as f64 / elapsed.as_secs_f64();
    latencies.sort_by(f64::total_cmp);
    [tps, percentile(&latencies, 0.5), percentile(&latencies, 0.95), percentile(&latencies, 0.99)]
}

/// Sessions that each ask again when `beside` has passed since they were answered: the client's own time and that of the way
/// between the two, which the latency includes.
pub(super) fn closed((mut server, query): (Server, QueryId), clients: u32, beside: Span) -> [f64; 4] {
    let sessions: Vec<BackendId> = (0..clients).map(|_| login(&mut server, SimTime::ZERO, "web")).collect();
    let mut since = vec![SimTime::ZERO; sessions.len()];
    let mut asking: VecDeque<(SimTime, usize)> =
        (0..sessions.len()).map(|slot| (SimTime::ZERO, slot)).collect();
    let (mut latencies, mut done) = (Vec::new(), Vec::new());
    let mut now = SimTime::ZERO;
    while latencies.len() < TRANSACTIONS {
        while let Some((at, slot)) = asking.pop_front_if(|(at, _)| *at <= now) {
            server.execute(at, sessions[slot], query, slot as u64);
        }
        let next = asking.front().map_or(SimTime::MAX, |(at, _)| *at);
        now = server.next_event().unwrap_or(SimTime::MAX).min(next);
        server.step(now, &mut done);
        for Completion { at, tag, .. } in done.drain(..) {
            let slot = tag as usize;
            latencies.push((at - since[slot]).as_millis_f64());
            since[slot] = at;
            asking.push_back((at + beside, slot));
        }
    }
    figures(latencies, now - SimTime::ZERO)
}

/// How far a figure lies outside a span, as a share of the nearer end; 0 inside.
pub(super) fn outside(modelled: f64, (low, high): (f64, f64)) -> f64 {
    modelled / modelled.clamp(low, high) - 1.0
}

/// The same in words.
pub(super) fn mark(off: f64) -> String {
    match (off == 0.0, off.abs() > TOLERANCE) {
        (true, _) => "within".to_owned(),
        (_, true) => format!("**{:+.0} %**", off * 100.0),
        _ => format!("{:+.0} %", off * 100.0),
    }
}
