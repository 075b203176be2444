//! `config` and `flags`: values that components read while they run.

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::{nearest, row, table};
use crate::stack::SettingView;

/// `config`'s row.
pub(crate) const CONFIG: Tool = Tool {
    name: "config",
    aliases: &[],
    group: Group::Change,
    usage: "config [list]\nconfig get NAME\nconfig set NAME VALUE",
    summary: "read or change configuration",
    manual: "Lists configuration values with what each does, prints one, or sets one at once. A change is announced in the channel.",
    flags: &[],
    complete: |asking: &Asking<'_, '_>| complete(asking, false),
    run: Handler::Tool(|call, _, context| run(call, context, false)),
};

/// `flags`' row.
pub(crate) const FLAGS: Tool = Tool {
    name: "flags",
    aliases: &["flag"],
    group: Group::Change,
    usage: "flags [list]\nflags get NAME\nflags set NAME on|off",
    summary: "read or switch feature flags",
    manual: "Lists feature flags, prints one, or switches one at once. A change is announced in the channel.",
    flags: &[],
    complete: |asking: &Asking<'_, '_>| complete(asking, true),
    run: Handler::Tool(|call, _, context| run(call, context, true)),
};

fn complete(asking: &Asking<'_, '_>, flags: bool) -> Vec<Candidate> {
    match asking.before {
        [] => words(&[("list", "all"), ("get", "one"), ("set", "change one")]),
        [_] => views(asking.context, flags).into_iter().map(|view| (view.name, view.value)).collect(),
        [_, _] if flags => words(&[("on", ""), ("off", "")]),
        _ => Vec::new(),
    }
}

fn views(context: &Context<'_>, flags: bool) -> Vec<SettingView> {
    context.world.settings().into_iter().filter(|view| view.flag == flags).collect()
}

/// What the world puts before a flag's name.
const FLAG_PREFIX: &str = "flag.";

fn run(call: &Call<'_>, context: &mut Context<'_>, flags: bool) -> Outcome {
    let arguments: Vec<&str> = call.arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] | ["list" | "ls"] => Output::text(list(context, flags)),
        ["get", name] => match find(call.name, context, flags, name) {
            Ok(view) => Output::text(format!("{}\n", view.value)),
            Err(output) => output,
        },
        ["set", name, value] => set(call.name, context, flags, name, value),
        ["set", assignment] if assignment.contains('=') => {
            let (name, value) = assignment.split_once('=').unwrap_or((assignment, ""));
            set(call.name, context, flags, name, value)
        }
        _ => Output::failure(format!("usage: {}", if flags { FLAGS.usage } else { CONFIG.usage })),
    }
    .into()
}

fn list(context: &Context<'_>, flags: bool) -> String {
    let mut rows = vec![row(["NAME", "VALUE", "WHAT IT DOES"])];
    rows.extend(views(context, flags).iter().map(|view| row([&view.name, &view.value, view.help])));
    if rows.len() == 1 { "There are none.\n".into() } else { table(&rows) }
}

fn find(tool: &str, context: &Context<'_>, flags: bool, name: &str) -> Result<SettingView, Output> {
    let all = views(context, flags);
    let same = |view: &&SettingView| view.name == name || view.name.strip_prefix(FLAG_PREFIX) == Some(name);
    if let Some(view) = all.iter().find(same) {
        return Ok(view.clone());
    }
    let mut output = Output::failure(format!("{tool}: nothing is called '{name}'; {tool} list shows all"));
    if let Some(near) = nearest(name, all.iter().map(|view| view.name.as_str())) {
        output.err(format!("did you mean: {near}\n"));
    }
    Err(output)
}

fn set(tool: &str, context: &mut Context<'_>, flags: bool, name: &str, value: &str) -> Output {
    let (name, before) = match find(tool, context, flags, name) {
        Ok(view) => (view.name, view.value),
        Err(output) => return output,
    };
    let name = name.as_str();
    if let Err(message) = context.world.set(name, value) {
        return Output::failure(format!("{tool}: {message}"));
    }
    let after = context.world.get(name).unwrap_or_else(|| value.to_owned());
    let now = context.world.now();
    let text = format!("{name}: {before} → {after}");
    context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall set {text}"));
    context.incident.acted(now, &format!("set {text}"));
    Output::text(format!("{text}\n"))
}
