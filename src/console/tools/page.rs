//! `page`: calls a team or a person.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{nearest, row, table};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "page",
    aliases: &[],
    group: Group::Incident,
    usage: "page\npage TEAM|PERSON [MESSAGE]…",
    summary: "call a team or a person for help",
    manual: "Calls TEAM's person on call, or PERSON. They answer in the channel after a while, with what they know. Alone, lists whom \
             you can call.",
    flags: &[],
    complete,
    run: Handler::Tool(run),
};

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    if !asking.before.is_empty() {
        return Vec::new();
    }
    let scenario = asking.context.scenario;
    let teams = scenario.teams.iter().map(|team| (team.id.clone(), team.name.clone()));
    let people =
        scenario.people.iter().map(|person| (person.id.clone(), format!("{}, {}", person.name, person.role)));
    teams.chain(people).collect()
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let Some((word, message)) = call.arguments.split_first() else {
        return Output::text(directory(context)).into();
    };
    let scenario = context.scenario;
    let word = word.trim_start_matches('@');
    let team = scenario
        .teams
        .iter()
        .find(|team| team.id.eq_ignore_ascii_case(word) || team.name.eq_ignore_ascii_case(word));
    let person = scenario
        .people
        .iter()
        .find(|person| person.id.eq_ignore_ascii_case(word) || person.name.eq_ignore_ascii_case(word));
    let (id, name) = match (team, person) {
        (Some(team), _) => (&team.id, &team.name),
        (None, Some(person)) => (&person.id, &person.name),
        (None, None) => {
            let mut output = Output::failure(format!("page: no team or person is called '{word}'"));
            let names = scenario
                .teams
                .iter()
                .map(|team| team.id.as_str())
                .chain(scenario.people.iter().map(|p| p.id.as_str()));
            if let Some(near) = nearest(word, names) {
                output.err(format!("did you mean: {near}\n"));
            }
            return output.into();
        }
    };
    let now = context.world.now();
    let message = message.join(" ");
    context.incident.page(now, id, &message);
    let colon = if message.is_empty() { String::new() } else { format!(": {message}") };
    context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall paged {name}{colon}"));
    Output::text(format!(
        "Paged {name} at {}. Answers come in the channel.\n",
        scenario.calendar().clock(now)
    ))
    .into()
}

fn directory(context: &Context<'_>) -> String {
    let mut rows = vec![row(["TEAM", "NAME", "ON CALL"])];
    for team in &context.scenario.teams {
        let person = context.scenario.people.iter().find(|person| person.id == team.on_call);
        rows.push(vec![
            team.id.clone(),
            team.name.clone(),
            person.map_or(team.on_call.clone(), |p| p.name.clone()),
        ]);
    }
    let mut people = vec![row(["PERSON", "NAME", "ROLE"])];
    for person in &context.scenario.people {
        people.push(vec![person.id.clone(), person.name.clone(), person.role.clone()]);
    }
    format!("{}\n{}", table(&rows), table(&people))
}
