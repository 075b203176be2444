//! `diagnose`: names a cause in full, in words that can be checked: component, object, mechanism. The lists that completion
//! and complaints offer hold everything that exists, so that they give nothing away.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::options::{Flag, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool};
use crate::console::text::{nearest, row, table};
use crate::scenario::mechanism::{self, MECHANISMS};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "diagnose",
    aliases: &["diagnosis"],
    group: Group::Incident,
    usage: "diagnose COMPONENT\ndiagnose COMPONENT OBJECT MECHANISM\ndiagnose --mechanisms | --components | --list",
    summary: "state a cause: component, object, mechanism",
    manual: "States a cause of the incident. COMPONENT alone says where it is. OBJECT is what is wrong there: an index, a table, a pod, a setting, a \
             change. MECHANISM is a word from the list. State each cause once; what is stated is graded, and stating everything costs more than it \
             earns.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    word('m', "mechanisms", "", "the mechanisms and what they mean"),
    word('c', "components", "", "the components"),
    flag('l', "list", "", "what you have stated so far"),
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    match asking.before.len() {
        0 => components(asking.context),
        1 => objects(asking.context),
        2 => MECHANISMS.iter().map(|m| (m.id.to_owned(), m.title.to_owned())).collect(),
        _ => Vec::new(),
    }
}

/// Every component of the topology.
fn components(context: &Context<'_>) -> Vec<Candidate> {
    context.world.topology().into_iter().map(|node| (node.name, format!("{:?}", node.kind))).collect()
}

/// Everything that has a name: indexes, tables, pods, deployments, settings, changes.
fn objects(context: &Context<'_>) -> Vec<Candidate> {
    let mut found = super::psql::relations(context);
    found.extend(context.world.changes().into_iter().map(|change| (change.id, change.title)));
    found.extend(context.world.deployments().into_iter().map(|d| (d.name, "deployment".to_owned())));
    found.extend(context.world.pods().into_iter().map(|pod| (pod.name, "pod".to_owned())));
    found.extend(context.world.settings().into_iter().map(|setting| (setting.name, "setting".to_owned())));
    found
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match call.arguments {
        [] => Output::failure(format!("usage: {}", TOOL.usage.replace('\n', "\n       "))),
        [one] if one == "--list" || one == "-l" => Output::text(stated(context)),
        [one] if one == "--mechanisms" || one == "mechanisms" => Output::text(mechanisms()),
        [one] if one == "--components" || one == "components" => {
            let names: Vec<Vec<String>> =
                components(context).into_iter().map(|(name, kind)| vec![name, kind]).collect();
            Output::text(table(&names))
        }
        [component] => state(context, component, "", ""),
        [_, _] => Output::failure("diagnose: name the mechanism too; diagnose --mechanisms lists them"),
        [component, object, mechanism] => state(context, component, object, mechanism),
        [_, _, _, extra, ..] => {
            Output::failure(format!("diagnose: extra word '{extra}': COMPONENT OBJECT MECHANISM"))
        }
    }
    .into()
}

fn state(context: &mut Context<'_>, component: &str, object: &str, mechanism: &str) -> Output {
    let known = components(context);
    let Some((component, _)) = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(component)) else {
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        return complain("component", component, names, "components");
    };
    let known_objects = objects(context);
    let object = match known_objects.iter().find(|(name, _)| name.eq_ignore_ascii_case(object)) {
        Some((name, _)) => name.as_str(),
        // An object that is gone (a dropped index) can't be looked up; what people call it is what counts.
        None => object,
    };
    if !mechanism.is_empty() && mechanism::find(mechanism).is_none() {
        return complain("mechanism", mechanism, MECHANISMS.iter().map(|m| m.id).collect(), "mechanisms");
    }
    let now = context.world.now();
    let sentence = if object.is_empty() {
        format!("the cause is in {component}")
    } else {
        format!("cause: {component}, {object}, {mechanism}")
    };
    if !context.incident.diagnose(now, component, object, mechanism) {
        return Output::text("You stated that already.\n");
    }
    context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall: {sentence}"));
    Output::text(format!("Stated at {}: {sentence}.\n", context.scenario.calendar().clock(now)))
}

fn complain(kind: &str, word: &str, names: Vec<&str>, option: &str) -> Output {
    let mut output =
        Output::failure(format!("diagnose: no {kind} is called '{word}'; diagnose --{option} lists them"));
    if let Some(near) = nearest(word, names.into_iter()) {
        output.err(format!("did you mean: {near}\n"));
    }
    output
}

fn mechanisms() -> String {
    let rows: Vec<Vec<String>> =
        MECHANISMS.iter().map(|mechanism| row([mechanism.id, mechanism.title])).collect();
    table(&rows)
}

fn stated(context: &Context<'_>) -> String {
    let calendar = context.scenario.calendar();
    let mut rows = vec![row(["AT", "COMPONENT", "OBJECT", "MECHANISM"])];
    for statement in &context.incident.statements {
        let dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        rows.push(vec![
            calendar.clock(statement.at),
            statement.component.clone(),
            dash(&statement.object),
            dash(&statement.mechanism),
        ]);
    }
    if rows.len() == 1 { "Nothing stated yet.\n".into() } else { table(&rows) }
}
