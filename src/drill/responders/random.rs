//! The responder who enters commands at random, some of which change things: the lower end of the scale.

use super::rollback_all::change_ids;
use super::{Making, Responder, Sight};
use crate::kernel::{SimTime, Span, Stream};
use crate::scenario::mechanism::MECHANISMS;

const MEAN_PACE: Span = Span::from_secs(120);

pub(super) struct Random {
    stream: Stream,
    next_at: Option<SimTime>,
    objects: Vec<String>,
    components: Vec<String>,
}

/// What it may enter; `{change}` and `{cause}` are drawn.
const LINES: &[&str] = &[
    "alerts",
    "status",
    "dash",
    "changes list",
    "kubectl get pods",
    "kubectl top pods",
    "kubectl rollout restart deployment/web",
    "kubectl rollout undo deployment/web",
    "kubectl scale deployment/web --replicas=16",
    "psql -c \"select count(*) from pg_stat_activity\"",
    "psql -c \"analyze\"",
    "rollback {change} &",
    "diagnose {cause}",
];

impl Random {
    pub(super) fn new(making: Making<'_>) -> Random {
        let harms = making.scenario.changes.iter().filter_map(|change| change.harm());
        let objects = harms.clone().map(|harm| harm.object.clone()).collect();
        let mut components: Vec<String> = harms.map(|harm| harm.component.clone()).collect();
        components.extend(["web", "redis", "payments"].map(str::to_owned));
        components.dedup();
        Random { stream: Stream::named(making.seed, "responder.random"), next_at: None, objects, components }
    }
}

impl Responder for Random {
    fn next(&mut self, sight: &Sight<'_>) -> Option<String> {
        if self.next_at.is_none() {
            self.next_at = Some(sight.opens + self.stream.exponential(MEAN_PACE));
        }
        if sight.busy || self.next_at? > sight.now {
            return None;
        }
        self.next_at = Some(sight.now + self.stream.exponential(MEAN_PACE));
        let line = LINES[self.stream.below(LINES.len() as u64) as usize];
        let change = self.change(sight);
        Some(line.replace("{change}", &change).replace("{cause}", &self.cause()))
    }
}

impl Random {
    fn change(&mut self, sight: &Sight<'_>) -> String {
        let ids = change_ids(sight.transcript.lines().map(|line| line.text.as_str()));
        self.stream.pick(&ids).cloned().unwrap_or_else(|| "CHG-1".to_owned())
    }

    fn cause(&mut self) -> String {
        let component = self.stream.pick(&self.components).cloned().unwrap_or_default();
        let object = self.stream.pick(&self.objects).cloned().unwrap_or_default();
        let mechanism = self.stream.pick(MECHANISMS).map_or("", |mechanism| mechanism.id);
        format!("{component} {object} {mechanism}")
    }
}
