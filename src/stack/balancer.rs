//! The load balancer: sends each request to the ready pod with the fewest open requests.
//!
//! When no pod is ready it sends to all of them all the same ("fail open", as AWS' application load balancer does): a
//! readiness probe that a slow database fails everywhere must not turn slow answers into none. Only when no pod listens at
//! all does it answer 503 itself.

use crate::kernel::{SimTime, Span};

use super::pods::Pod;

/// The load balancer's settings, and where it looks first.
#[derive(Clone, Debug)]
pub(crate) struct Balancer {
    /// A pod that takes longer gets its request answered with 504.
    pub(crate) upstream_timeout: Span,
    /// A pod that doesn't accept within this time counts as failed.
    pub(crate) connect_timeout: Span,
    /// Network and the balancer's own work, there and back.
    pub(crate) overhead: Span,
    /// Equal pods are taken in turn, beginning here.
    turn: usize,
    limit: Option<Limit>,
}

/// A token bucket that holds one second's worth of requests.
#[derive(Clone, Copy, Debug)]
struct Limit {
    per_s: f64,
    tokens: f64,
    filled_at: SimTime,
}

impl Balancer {
    pub(crate) fn new(upstream_timeout: Span, connect_timeout: Span, overhead: Span) -> Balancer {
        Balancer { upstream_timeout, connect_timeout, overhead, turn: 0, limit: None }
    }

    /// Requests a second that are let in; 0 is no limit.
    pub(crate) fn rate_limit(&self) -> f64 {
        self.limit.map_or(0.0, |limit| limit.per_s)
    }

    /// Lets in so many requests a second from now on; 0 is no limit.
    pub(crate) fn set_rate_limit(&mut self, now: SimTime, per_s: f64) {
        self.limit = (per_s > 0.0).then_some(Limit { per_s, tokens: per_s, filled_at: now });
    }

    /// Whether the next request is let in.
    #[inline]
    pub(crate) fn admits(&mut self, now: SimTime) -> bool {
        let Some(limit) = &mut self.limit else { return true };
        let filled = limit.tokens + limit.per_s * now.since(limit.filled_at).as_secs_f64();
        limit.tokens = filled.min(limit.per_s);
        limit.filled_at = now;
        let admitted = limit.tokens >= 1.0;
        if admitted {
            limit.tokens -= 1.0;
        }
        admitted
    }

    /// The pod for the next request; `None` when none listens.
    #[inline]
    pub(crate) fn choose(&mut self, pods: &[Pod]) -> Option<u16> {
        self.least(pods, |pod| pod.ready).or_else(|| self.least(pods, Pod::listens))
    }

    #[inline]
    fn least(&mut self, pods: &[Pod], eligible: impl Fn(&Pod) -> bool) -> Option<u16> {
        let count = pods.len();
        let mut best: Option<(u32, usize)> = None;
        let mut at = self.turn;
        for _ in 0..count {
            at += 1;
            if at >= count {
                at = 0;
            }
            if eligible(&pods[at]) && best.is_none_or(|(connections, _)| pods[at].connections < connections) {
                best = Some((pods[at].connections, at));
            }
        }
        let (_, chosen) = best?;
        self.turn = chosen;
        Some(chosen as u16)
    }
}
