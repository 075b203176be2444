//! Red herrings: what they point at exists, and is in every variant.

use crate::scenario::{Effect, Role, diagnostic::Findings};

use super::{Subject, times::inside};

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let scenario = subject.scenario;
    for (index, herring) in scenario.red_herrings.iter().enumerate() {
        let place = subject.root.field("red_herrings").item(index).field("effect");
        match &herring.effect {
            Effect::Change(id) => {
                let ids = scenario.changes.iter().map(|change| change.id.as_str());
                findings.unknown(place.item(0), "change", id, ids);
                if scenario.change(id).is_some_and(|change| !matches!(change.role, Role::Always)) {
                    let message = format!("the change `{id}` is not in every variant");
                    findings.add_expected(place.item(0), message, "the role `Always`");
                }
            }
            Effect::Alert(name) => {
                let alerts = scenario.alerts.iter().map(|alert| alert.name.as_str());
                findings.unknown(place.item(0), "alert", name, alerts);
            }
            Effect::Surge { at, page, .. } => {
                inside(subject, findings, place.field("at"), *at);
                let pages = scenario.workload.pages.iter().map(|page| page.name.as_str());
                findings.unknown(place.field("page"), "page", page, pages);
            }
            Effect::NoisyPod { pod, .. } => {
                let pods = scenario.components.web.pods;
                if *pod >= pods {
                    let message = format!("there is no pod {pod}");
                    findings.add_expected(
                        place.field("pod"),
                        message,
                        &format!("0 to {}", pods.saturating_sub(1)),
                    );
                }
            }
        }
    }
}
