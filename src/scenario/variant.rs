//! What a seed draws: which changes are out, and which of them are the cause.

use crate::kernel::Stream;

use super::{
    Scenario, ScriptEntry,
    change::{Change, Harm, Role},
};

/// The changes that were deployed in one drill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The seed that drew it.
    pub seed: u64,
    /// The causes, by id, in the scenario's order.
    pub harmful: Vec<String>,
    /// Their company, by id.
    pub harmless: Vec<String>,
    /// In every variant, by id.
    pub always: Vec<String>,
    /// The change that the real responders rolled back first, and that was not enough.
    pub wrong: String,
}

impl Variant {
    /// Every change that was deployed, in the order of its rollout.
    pub fn changes<'a>(&self, scenario: &'a Scenario) -> Vec<&'a Change> {
        let deployed = |change: &&Change| self.is_deployed(&change.id);
        let mut changes: Vec<&Change> = scenario.changes.iter().filter(deployed).collect();
        changes.sort_by_key(|change| change.at);
        changes
    }

    /// Whether the change called `id` is out.
    pub fn is_deployed(&self, id: &str) -> bool {
        [&self.harmful, &self.harmless, &self.always]
            .into_iter()
            .any(|ids| ids.iter().any(|drawn| drawn == id))
    }

    /// Whether the change called `id` is one of the causes.
    pub fn is_harmful(&self, id: &str) -> bool {
        self.harmful.iter().any(|drawn| drawn == id)
    }

    /// Fills `{harmful}` (all of them), `{harmful.0}`, `{harmless.0}` and `{wrong}` in; what is not drawn stays as it is.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.replace(FIRST_TRIED, &self.wrong).replace(EACH_CAUSE, &self.harmful.join(", "));
        for (name, ids) in [("harmful", &self.harmful), ("harmless", &self.harmless)] {
            for (at, id) in ids.iter().enumerate() {
                filled = filled.replace(&format!("{{{name}.{at}}}"), id);
            }
        }
        filled
    }
}

impl Variant {
    /// What the real responders typed, in order of time. A line with `{harmful}` is there once for each cause that is
    /// not rolled back yet (`{wrong}` is, where the script has it), not before the time that the cause itself carries; a line with `{component}`, `{object}` or
    /// `{mechanism}` once for each cause, at its own time.
    pub fn real_lines(&self, scenario: &Scenario) -> Vec<ScriptEntry> {
        let wrong_first = scenario.real_script.iter().any(|entry| entry.run.contains(FIRST_TRIED));
        let mut lines = Vec::new();
        for entry in &scenario.real_script {
            if entry.run.contains(EACH_CAUSE) {
                for (id, harm) in self.causes(scenario).filter(|(id, _)| !(wrong_first && *id == self.wrong))
                {
                    let at = entry.at.max(harm.real_rollback_at);
                    lines.push(ScriptEntry { at, run: self.fill(&entry.run.replace(EACH_CAUSE, id)) });
                }
            } else if EACH_STATEMENT.iter().any(|word| entry.run.contains(word)) {
                for (_, harm) in self.causes(scenario) {
                    let words = [&harm.component, &harm.object, &harm.mechanism];
                    let run = EACH_STATEMENT
                        .iter()
                        .zip(words)
                        .fold(entry.run.clone(), |run, (word, value)| run.replace(word, value));
                    lines.push(ScriptEntry { at: entry.at, run: self.fill(&run) });
                }
            } else if !self.repeats_the_first_rollback(&entry.run) {
                lines.push(ScriptEntry { at: entry.at, run: self.fill(&entry.run) });
            }
        }
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// Whether a line of the script takes back what `{wrong}` took back before it.
    fn repeats_the_first_rollback(&self, run: &str) -> bool {
        !run.contains(FIRST_TRIED) && self.fill(run) == format!("rollback {}", self.wrong)
    }

    /// The causes by id, with what is wrong with each.
    pub fn causes<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = (&'a str, &'a Harm)> {
        self.harmful.iter().filter_map(|id| Some((id.as_str(), scenario.change(id)?.harm()?)))
    }
}

/// Stands for what the real responders rolled back first.
const FIRST_TRIED: &str = "{wrong}";

/// Stands for each cause in turn.
const EACH_CAUSE: &str = "{harmful}";

/// Stand for the words of each cause's statement in turn.
const EACH_STATEMENT: [&str; 3] = ["{component}", "{object}", "{mechanism}"];

impl Scenario {
    /// Draws the variant of `seed`: the same seed gives the same variant on every platform.
    pub fn variant(&self, seed: u64) -> Variant {
        let mut stream = Stream::named(seed, "scenario.variant");
        let mut taken = Vec::new();
        let harmful =
            self.take(&mut stream, self.draw.harmful, |role| matches!(role, Role::Harmful(_)), &mut taken);
        let harmless =
            self.take(&mut stream, self.draw.harmless, |role| matches!(role, Role::Harmless), &mut taken);
        let always = self.ids_with(|role| matches!(role, Role::Always));
        let wrong = self.first_suspect(&mut stream, &harmful, &harmless);
        Variant { seed, harmful, harmless, always, wrong }
    }

    /// Takes between `count.0` and `count.1` of the changes whose role is `wanted`, skipping those that would touch what
    /// a change taken before touches. In the scenario's order.
    fn take(
        &self,
        stream: &mut Stream,
        count: (u32, u32),
        wanted: impl Fn(&Role) -> bool,
        taken: &mut Vec<String>,
    ) -> Vec<String> {
        let (least, most) = (count.0.min(count.1), count.1);
        let count = u64::from(least) + stream.below(u64::from(most - least) + 1);
        let mut candidates = self.ids_with(wanted);
        stream.shuffle(&mut candidates);
        // Those that a group must have come first; `false` sorts before `true`.
        let first_of_a_group = |id: &String| {
            let first = |group: &Vec<String>| candidates.iter().find(|other| group.contains(other));
            self.draw.at_least_one_of.iter().any(|group| first(group) == Some(id))
        };
        let mut ordered = candidates.clone();
        ordered.sort_by_key(|id| !first_of_a_group(id));
        let mut drawn = Vec::new();
        for id in ordered {
            if drawn.len() as u64 == count {
                break;
            }
            if !taken.iter().any(|other| self.draw.excludes(&id, other)) {
                taken.push(id.clone());
                drawn.push(id);
            }
        }
        drawn.sort_by_key(|id| self.changes.iter().position(|change| change.id == *id));
        drawn
    }

    /// The change that the real responders rolled back first: something harmless that took an index away, or, one time in
    /// three, a cause whose like is left behind.
    fn first_suspect(&self, stream: &mut Stream, harmful: &[String], harmless: &[String]) -> String {
        let spare: Vec<String> = harmful
            .iter()
            .filter(|id| {
                let left = || harmful.iter().filter(|other| other != id);
                left().count() >= ENOUGH_CAUSES && self.draw.is_met_by(left())
            })
            .cloned()
            .collect();
        let among_causes = stream.chance(1.0 / 3.0) && !spare.is_empty();
        let index_changes: Vec<String> = harmless
            .iter()
            .filter(|id| {
                self.change(id).and_then(Change::migration).is_some_and(|m| m.down.contains("CREATE "))
            })
            .cloned()
            .collect();
        let pool = match (among_causes, index_changes.is_empty()) {
            (true, _) => &spare,
            (false, false) => &index_changes,
            (false, true) => harmless,
        };
        stream.pick(pool).or(harmful.first()).cloned().unwrap_or_default()
    }

    /// Changes with the role that `wanted` accepts, by id.
    fn ids_with(&self, wanted: impl Fn(&Role) -> bool) -> Vec<String> {
        self.changes.iter().filter(|change| wanted(&change.role)).map(|change| change.id.clone()).collect()
    }
}

/// With this many causes left, one can be taken back and the site stays down by a wide margin.
const ENOUGH_CAUSES: usize = 2;
