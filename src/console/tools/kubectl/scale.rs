//! `kubectl scale` and `kubectl delete pod`.

use super::objects::{Kind, deployment, labelled, not_found};
use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::options::Parsed;
use crate::console::table::Output;

/// Runs `kubectl scale …`.
pub(super) fn run(operands: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Output {
    let found = match deployment(operands, context) {
        Ok(found) => found,
        Err(output) => return output,
    };
    let Some(text) = parsed.value('r') else {
        return Output::failure("error: required flag(s) \"replicas\" not set");
    };
    let Ok(replicas) = text.parse::<u32>() else {
        return Output::failure(format!("error: invalid argument \"{text}\" for \"--replicas\" flag"));
    };
    if let Some(current) = parsed.value('O')
        && current != found.desired.to_string()
    {
        return Output::failure(format!("error: Expected replicas to be {current}, was {}", found.desired));
    }
    if parsed.has('D') {
        return Output::text(format!("deployment.apps/{} scaled (dry run)\n", found.name));
    }
    if let Err(message) = context.world.scale(&found.name, replicas) {
        return Output::failure(format!("error: {message}"));
    }
    let now = context.world.now();
    let text = format!("scaled deployment {} from {} to {replicas}", found.name, found.desired);
    context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall {text}"));
    context.incident.acted(now, &text);
    Output::text(format!("deployment.apps/{} scaled\n", found.name))
}

/// Runs `kubectl delete …`.
pub(super) fn delete(operands: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Output {
    let pods = context.world.pods();
    let mut names: Vec<String> = Vec::new();
    match operands.split_first() {
        Some((first, _)) if first.contains('/') => {
            for operand in operands {
                match operand.split_once('/') {
                    Some((kind, name)) if Kind::parse(kind) == Some(Kind::Pods) => {
                        names.push(name.to_owned())
                    }
                    _ => return forbidden(operand, context),
                }
            }
        }
        Some((kind, rest)) if Kind::parse(kind) == Some(Kind::Pods) => {
            names.extend(rest.iter().cloned());
            if let Some(selector) = parsed.value('l') {
                names.extend(
                    pods.iter().filter(|pod| labelled(&pod.deployment, selector)).map(|pod| pod.name.clone()),
                );
            } else if parsed.has('a') {
                names.extend(pods.iter().map(|pod| pod.name.clone()));
            }
        }
        Some((kind, _)) => return forbidden(kind, context),
        None => return Output::failure("error: You must provide one or more resources: pod NAME"),
    }
    if names.is_empty() {
        return Output::failure("error: resource(s) were provided, but no name was specified");
    }
    let mut output = Output::default();
    if parsed.has('D') {
        output
            .out(names.iter().map(|name| format!("pod \"{name}\" deleted (dry run)\n")).collect::<String>());
        return output;
    }
    for name in names {
        match context.world.delete_pod(&name) {
            Ok(()) => {
                let now = context.world.now();
                let text = format!("deleted pod {name}");
                context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall {text}"));
                context.incident.acted(now, &text);
                let namespace = &context.scenario.components.web.namespace;
                output.out(format!("pod \"{name}\" deleted from {namespace} namespace\n"));
            }
            Err(_) => output.append(not_found(Kind::Pods, &name)),
        }
    }
    output
}

fn forbidden(what: &str, context: &Context<'_>) -> Output {
    Output::failure(format!(
        "Error from server (Forbidden): User \"oncall\" cannot delete \"{what}\" in the namespace \"{}\"",
        context.scenario.components.web.namespace
    ))
}
