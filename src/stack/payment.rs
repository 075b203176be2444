//! Services of others: the payment provider and the like. All that is known of them is how long they take and how often
//! they fail.

use crate::kernel::{Span, Stream};

use super::blueprint::ExternalPlan;

/// The services, each with a stream of its own.
#[derive(Clone, Debug)]
pub(crate) struct Externals {
    services: Vec<Service>,
}

#[derive(Clone, Debug)]
struct Service {
    stream: Stream,
    calls: u64,
    failures: u64,
}

impl Externals {
    pub(crate) fn new(plans: &[ExternalPlan], seed: u64) -> Externals {
        let service =
            |plan: &ExternalPlan| Service { stream: Stream::named(seed, &plan.name), calls: 0, failures: 0 };
        Externals { services: plans.iter().map(service).collect() }
    }

    /// A call: how long it takes, and whether it succeeds.
    pub(crate) fn call(&mut self, plan: &ExternalPlan, index: usize) -> (Span, bool) {
        let service = &mut self.services[index];
        let took = plan.latency.draw(&mut service.stream);
        let fails = service.stream.chance(plan.failure_ratio);
        service.calls += 1;
        let ok = !fails && took < plan.timeout;
        service.failures += u64::from(!ok);
        (took.min(plan.timeout), ok)
    }

    /// Calls and failures since the start.
    pub(crate) fn counts(&self, index: usize) -> (u64, u64) {
        let service = &self.services[index];
        (service.calls, service.failures)
    }
}
