//! The load balancer: sends each request to the ready pod with the fewest open requests.
//!
//! When no pod is ready it sends to all of them all the same ("fail open", as AWS' application load balancer does): a
//! readiness probe that a slow database fails everywhere must not turn slow answers into none. Only when no pod listens at
//! all does it answer 503 itself.

use crate::kernel::{SimTime, Span};

use super::loads::Loads;
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
    /// By the pods' places.
    loads: Loads,
    /// Equal pods are taken in turn, beginning here.
    turn: usize,
    limit: Option<Limit>,
    budget: Option<RetryBudget>,
}

/// A token bucket that holds one second's worth of requests.
#[derive(Clone, Copy, Debug)]
struct Limit {
    per_s: f64,
    tokens: f64,
    filled_at: SimTime,
}

/// Requests that ask again are let in for as long as enough ask for the first time: a token bucket that first requests fill
/// (Finagle's `RetryBudget`, Envoy's `retry_budget`).
#[derive(Clone, Copy, Debug)]
struct RetryBudget {
    /// Tokens that a first request brings.
    per_first: f64,
    tokens: f64,
}

/// Tokens that a retry budget saves up at most.
const MAX_RETRY_TOKENS: f64 = 20.0;

/// Whether a client asks for something for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It does.
    First,
    /// It asks again for what failed or was too slow.
    Again,
}

impl Balancer {
    pub(crate) fn new(upstream_timeout: Span, connect_timeout: Span, overhead: Span) -> Balancer {
        Balancer {
            upstream_timeout,
            connect_timeout,
            overhead,
            loads: Loads::default(),
            turn: 0,
            limit: None,
            budget: None,
        }
    }

    /// Reloads that are let in for each first request, in per cent; 0 is no limit.
    pub(crate) fn retry_budget(&self) -> f64 {
        self.budget.map_or(0.0, |budget| budget.per_first * 100.0)
    }

    /// Lets in so many reloads for each first request from now on, in per cent; 0 is no limit.
    pub(crate) fn set_retry_budget(&mut self, percent: f64) {
        let per_first = percent / 100.0;
        self.budget = (per_first > 0.0).then_some(RetryBudget { per_first, tokens: 0.0 });
    }

    /// Whether a request is within the budget of retries.
    #[inline]
    fn affords(&mut self, asked: Asked) -> bool {
        let Some(budget) = &mut self.budget else { return true };
        match asked {
            Asked::First => {
                budget.tokens = (budget.tokens + budget.per_first).min(MAX_RETRY_TOKENS);
                true
            }
            Asked::Again => {
                let afforded = budget.tokens >= 1.0;
                budget.tokens -= f64::from(u8::from(afforded));
                afforded
            }
        }
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
    pub(crate) fn admits(&mut self, now: SimTime, asked: Asked) -> bool {
        if !self.affords(asked) {
            return false;
        }
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

    /// A pod is at this place from now on, with nothing open.
    pub(crate) fn put(&mut self, place: u16, ready: bool) {
        self.loads.put(usize::from(place), ready);
    }

    /// The pod at this place is ready, or is not any more.
    pub(crate) fn set_ready(&mut self, place: u16, ready: bool) {
        self.loads.set_ready(usize::from(place), ready);
    }

    /// One more request is open at the pod.
    #[inline]
    pub(crate) fn open(&mut self, place: u16) {
        self.loads.add(usize::from(place));
    }

    /// One less; requests that an earlier pod at this place had open are not counted at this one.
    #[inline]
    pub(crate) fn close(&mut self, place: u16) {
        self.loads.subtract(usize::from(place));
    }

    /// The pod for the next request: of those that are ready the one with the least open, or of those that listen when
    /// none is ready; `None` when none listens.
    #[inline]
    pub(crate) fn choose(&mut self, pods: &[Pod]) -> Option<u16> {
        let least = self.loads.least(self.turn);
        self.turn = least.or_else(|| self.loads.least_of(self.turn, |place| pods[place].listens()))?;
        Some(self.turn as u16)
    }
}
