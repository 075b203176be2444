//! The arrival curve, and the shares in visitors' behaviour.

use crate::scenario::{diagnostic::Findings, workload::Interpolation};

use super::{Subject, is_probability};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let workload = &subject.scenario.workload;
    let traffic = subject.root.field("workload").field("traffic");
    let points = traffic.field("points");
    if workload.traffic.points.is_empty() {
        findings.add_expected(
            points,
            "the traffic curve has no points",
            "at least one (clock time, visitors a second)",
        );
    }
    for (index, (at, rate)) in workload.traffic.points.iter().enumerate() {
        if index > 0 && workload.traffic.points[index - 1].0 >= *at {
            findings.add(points.item(index), format!("the point at {at} is not after the one before it"));
        }
        let lowest_is_zero = workload.traffic.between == Interpolation::Linear;
        if !rate.is_finite() || *rate < 0.0 || (*rate == 0.0 && !lowest_is_zero) {
            let expected =
                if lowest_is_zero { "zero or more" } else { "more than zero, as `between` is `Log`" };
            findings.add_expected(
                points.item(index).item(1),
                format!("{rate} visitors a second cannot be"),
                expected,
            );
        }
    }
    let visitors = &workload.visitors;
    let shares = [
        ("reload", visitors.reload),
        ("leave_on_error", visitors.leave_on_error),
        ("come_back", visitors.come_back),
        ("logged_in", visitors.logged_in),
    ];
    for (name, value) in shares {
        if !is_probability(value) {
            let place = subject.root.field("workload").field("visitors").field(name);
            findings.add_expected(place, format!("`{name}` is {value}, which is no share"), "0 to 1");
        }
    }
}
