//! `ask`: a question to a person, or to a team's person on call. They answer in the channel from what they know, after a while;
//! whom it isn't put to stays silent, unlike after `post`.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::nearest;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "ask",
    aliases: &[],
    group: Group::Incident,
    usage: "ask PERSON|TEAM QUESTION…",
    summary: "ask a person, or a team's person on call",
    manual: "Puts QUESTION to PERSON, or to TEAM's person on call, in the channel. They alone answer, after a while, with what they know of it; they may be wrong, and they may know nothing. \
             To write to everybody is post, to call somebody who isn't there is page. page alone lists whom there is.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    let scenario = asking.context.scenario;
    let people =
        scenario.people.iter().map(|person| (person.id.clone(), format!("{}, {}", person.name, person.role)));
    let teams = scenario.teams.iter().map(|team| (team.id.clone(), team.name.clone()));
    people.chain(teams).collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let Some((whom, question)) = call.arguments.split_first() else {
        return Output::failure(format!("usage: {}; page lists whom there is", TOOL.usage)).into();
    };
    let scenario = context.scenario;
    let word = whom.trim_start_matches('@').trim_end_matches([',', ':']);
    let same = |text: &str| text.eq_ignore_ascii_case(word);
    let person = scenario.people.iter().find(|person| {
        same(&person.id) || same(&person.name) || person.name.split(' ').next().is_some_and(same)
    });
    let team = scenario.teams.iter().find(|team| same(&team.id) || same(&team.name));
    let person = person.or_else(|| {
        let team = team?;
        scenario.people.iter().find(|person| person.id == team.on_call)
    });
    let Some(person) = person else {
        let mut output = Output::failure(format!("ask: nobody is called '{word}'; page lists whom there is"));
        let people = scenario.people.iter().map(|person| person.id.as_str());
        let names = people.chain(scenario.teams.iter().map(|team| team.id.as_str()));
        if let Some(near) = nearest(word, names) {
            output.err(format!("did you mean: {near}\n"));
        }
        return output.into();
    };
    if question.is_empty() {
        return Output::failure(format!("ask: what do you want to know from {}?", person.name)).into();
    }
    let now = context.world.now();
    let text = format!("@{} {}", person.id, question.join(" "));
    context.incident.say(now, "oncall", MessageKind::Trainee, &text);
    Output::text(format!("Asked {}. Answers come in the channel.\n", person.name)).into()
}
