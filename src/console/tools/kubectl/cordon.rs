//! `kubectl cordon`, `uncordon` and `drain`: keep new pods off a node, and move those that are there.

use super::objects::{Kind, not_found};
use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::table::Output;

/// Runs the verb on each node named.
pub(super) fn run(verb: &str, operands: &[String], context: &mut Context<'_>) -> Output {
    let names = match operands.split_first() {
        Some((first, rest)) if !rest.is_empty() && Kind::parse(first) == Some(Kind::Nodes) => rest,
        _ => operands,
    };
    if names.is_empty() {
        return Output::failure(format!("error: USAGE: {verb} NODE"));
    }
    let mut output = Output::default();
    for name in names {
        let name = name.strip_prefix("node/").or(name.strip_prefix("nodes/")).unwrap_or(name);
        output.append(one(verb, name, context));
    }
    output
}

fn one(verb: &str, name: &str, context: &mut Context<'_>) -> Output {
    let Some(node) = context.world.nodes().into_iter().find(|node| node.name == name) else {
        return not_found(Kind::Nodes, name);
    };
    let cordons = verb != "uncordon";
    let word = if cordons { "cordoned" } else { "uncordoned" };
    let mut output = Output::default();
    if node.unschedulable == cordons {
        output.out(format!("node/{name} already {word}\n"));
    } else {
        if let Err(message) = context.world.cordon(name, cordons) {
            return Output::failure(format!("error: unable to cordon node \"{name}\": {message}"));
        }
        say(context, &format!("{word} node {name}"));
        output.out(format!("node/{name} {word}\n"));
    }
    if verb == "drain" {
        let namespace = context.scenario.components.web.namespace.clone();
        for pod in &node.pods {
            output.out(format!("evicting pod {namespace}/{pod}\n"));
        }
        for pod in &node.pods {
            // A pod that ended meanwhile is as good as evicted.
            drop(context.world.delete_pod(pod));
            output.out(format!("pod/{pod} evicted\n"));
        }
        output.out(format!("node/{name} drained\n"));
        say(context, &format!("drained node {name}: {} pods evicted", node.pods.len()));
    }
    output
}

fn say(context: &mut Context<'_>, text: &str) {
    let now = context.world.now();
    context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall {text}"));
    context.incident.acted(now, text);
}
