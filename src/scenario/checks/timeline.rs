//! The real timeline: in order, each milestone once.

use crate::scenario::{Milestone, Provenance, diagnostic::Findings};

use super::{Subject, times::inside};

/// The milestones without which a trainee has nobody to race.
const NEEDED: [Milestone; 4] =
    [Milestone::Detected, Milestone::Diagnosed, Milestone::Mitigated, Milestone::Resolved];

pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let timeline = &subject.scenario.timeline;
    let place = subject.root.field("timeline");
    for (index, entry) in timeline.iter().enumerate() {
        let here = place.item(index);
        inside(subject, findings, here.field("at"), entry.at);
        if index > 0 && timeline[index - 1].at > entry.at {
            findings.add(here.field("at"), format!("{} is before the entry above it", entry.at));
        }
        let fiction = subject.scenario.source.provenance == Provenance::MadeUp;
        if (entry.provenance == Provenance::MadeUp) != fiction {
            let why = if fiction {
                "the source is `MadeUp`, so every entry is"
            } else {
                "`MadeUp` is for a source that is made up as a whole; what an author fills in is `Unattributed`"
            };
            findings.add(here.field("provenance"), why);
        }
        if let Some(milestone) = entry.milestone
            && timeline[..index].iter().any(|earlier| earlier.milestone == Some(milestone))
        {
            findings.add(here.field("milestone"), format!("`{}` is reached twice", milestone.word()));
        }
    }
    for milestone in NEEDED {
        if !timeline.iter().any(|entry| entry.milestone == Some(milestone)) {
            findings.add(place, format!("no entry has the milestone `{}`", milestone.word()));
        }
    }
}
