//! `kubectl rollout` and `kubectl set env`.

use super::Rollout;
use super::objects::deployment;
use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::jobs::Job;
use crate::console::shell::options::Parsed;
use crate::console::table::{Outcome, Output};
use crate::console::text::{row, table_with};
use crate::stack::{DeploymentView, OperationState};

/// Runs `kubectl rollout …`.
pub(super) fn run(operands: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Outcome {
    let Some((verb, rest)) = operands.split_first() else {
        return Output::failure("error: kubectl rollout what? status, history, undo or restart").into();
    };
    let found = match deployment(rest, context) {
        Ok(found) => found,
        Err(output) => return output.into(),
    };
    match verb.as_str() {
        "status" => status(&found, context),
        "history" => history(&found, parsed, context).into(),
        "pause" | "resume" => super::about::forbidden(verb, context).into(),
        "restart" | "undo" if parsed.has('D') => Output::text(format!(
            "deployment.apps/{} {} (dry run)\n",
            found.name,
            if verb == "undo" { "rolled back" } else { "restarted" }
        ))
        .into(),
        "restart" => {
            let started = context.world.rollout_restart(&found.name).map(|_| ());
            announced(context, &found, started, "restarted").into()
        }
        "undo" => {
            let to = match parsed.value('R').map(str::parse::<u32>) {
                None | Some(Ok(0)) => None,
                Some(Ok(number)) => Some(number),
                Some(Err(_)) => return Output::failure("error: --to-revision wants a number").into(),
            };
            let started = context.world.rollout_undo(&found.name, to).map(|_| ());
            announced(context, &found, started, "rolled back").into()
        }
        other => Output::failure(format!("error: unknown command \"rollout {other}\"")).into(),
    }
}

fn announced(
    context: &mut Context<'_>,
    found: &DeploymentView,
    started: Result<(), String>,
    word: &str,
) -> Output {
    match started {
        Err(message) => Output::failure(format!("error: {message}")),
        Ok(()) => {
            let now = context.world.now();
            let text = format!("deployment {} {word}", found.name);
            context.incident.say(now, "incident", MessageKind::Tool, &format!("oncall: {text}"));
            context.incident.acted(now, &text);
            Output::text(format!("deployment.apps/{} {word}\n", found.name))
        }
    }
}

/// Follows a rollout that is under way; says at once that there is none.
fn status(found: &DeploymentView, context: &Context<'_>) -> Outcome {
    let under_way =
        context.world.operations().into_iter().rev().find(|operation| {
            operation.state == OperationState::Running && operation.text.contains(&found.name)
        });
    match (found.rolling_out, under_way) {
        (true, Some(operation)) => Outcome::Job(Job::Rollout(Rollout {
            operation: operation.id,
            said: String::new(),
            deployment: found.name.clone(),
        })),
        (true, None) => Output::text(format!("{}\n", progress(context, &found.name))).into(),
        (false, _) => Output::text(format!("deployment \"{}\" successfully rolled out\n", found.name)).into(),
    }
}

/// kubectl's sentence on how far a rollout is (`pkg/polymorphichelpers/rollout_status.go`).
pub(super) fn progress(context: &Context<'_>, name: &str) -> String {
    let Some(d) = context.world.deployments().into_iter().find(|d| d.name == name) else {
        return String::new();
    };
    if d.up_to_date < d.desired {
        return format!(
            "Waiting for deployment \"{name}\" rollout to finish: {} out of {} new replicas have been updated...",
            d.up_to_date, d.desired
        );
    }
    if d.current > d.up_to_date {
        return format!(
            "Waiting for deployment \"{name}\" rollout to finish: {} old replicas are pending termination...",
            d.current - d.up_to_date
        );
    }
    format!(
        "Waiting for deployment \"{name}\" rollout to finish: {} of {} updated replicas are available...",
        d.ready.min(d.up_to_date),
        d.up_to_date
    )
}

fn history(found: &DeploymentView, parsed: &Parsed, context: &Context<'_>) -> Output {
    if let Some(text) = parsed.value('V') {
        let all = context.world.rollout_history();
        let Some(revision) = all.iter().find(|revision| revision.revision.to_string() == text) else {
            return Output::failure("error: unable to find the specified revision");
        };
        return Output::text(format!(
            "deployment.apps/{} with revision #{text}\nPod Template:\n  Labels:\tapp={}\n  Annotations:\tkubernetes.io/change-cause: {}\n  Containers:\n   {}:\n    Image:\t{}\n",
            found.name, found.name, revision.change_cause, found.name, revision.image
        ));
    }
    let mut rows = vec![row(["REVISION", "CHANGE-CAUSE"])];
    for revision in context.world.rollout_history() {
        let cause = if revision.change_cause.is_empty() {
            revision.image.clone()
        } else {
            revision.change_cause.clone()
        };
        rows.push(vec![revision.revision.to_string(), cause]);
    }
    Output::text(format!("deployment.apps/{}\n{}\n", found.name, table_with(&rows, 2)))
}

/// Runs `kubectl set env deployment/NAME NAME=VALUE…`.
pub(super) fn set_env(operands: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Output {
    let rest = match operands.split_first().map(|(verb, rest)| (verb.as_str(), rest)) {
        Some(("env", rest)) => rest,
        Some(("image", _)) => {
            let mut output = super::about::forbidden("set image", context);
            output.err("(images are taken back with kubectl rollout undo or rollback CHG)\n");
            return output;
        }
        Some((verb @ ("resources" | "selector" | "serviceaccount" | "subject"), _)) => {
            return super::about::forbidden(&format!("set {verb}"), context);
        }
        _ => return Output::failure("error: kubectl set what? env"),
    };
    let (targets, assignments): (Vec<String>, Vec<String>) =
        rest.iter().cloned().partition(|word| !word.contains('=') && !word.ends_with('-'));
    let found = match deployment(&targets, context) {
        Ok(found) => found,
        Err(output) => return output,
    };
    if assignments.is_empty() {
        let list: String = found.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return Output::text(format!("# deployments/{}, container {}\n{list}", found.name, found.name));
    }
    if parsed.has('D') {
        return Output::text(format!("deployment.apps/{} env updated (dry run)\n", found.name));
    }
    for assignment in &assignments {
        let (name, value) = assignment.split_once('=').unwrap_or((assignment.trim_end_matches('-'), ""));
        if let Err(message) = context.world.set_env(&found.name, name, value) {
            return Output::failure(format!("error: {message}"));
        }
    }
    announced(context, &found, Ok(()), "env updated")
}
