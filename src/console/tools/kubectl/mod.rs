//! `kubectl`: what the cluster runs. One file per group of verbs; names, columns and wording are kubectl's.

mod cordon;
mod describe;
mod exec;
mod get;
mod jsonpath;
mod objects;
mod rollout;
mod scale;
mod top;
mod yaml;

use super::logs::{Following, Form, merged, printed};
use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::options::{Options, Parsed};
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::nearest;
use crate::kernel::{SimTime, Span};
use crate::stack::{OperationId, OperationState};
use crate::telemetry::LogSelector;
use objects::Kind;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "kubectl",
    aliases: &[],
    group: Group::Cluster,
    usage: "kubectl get KIND [NAME…] [-o wide|yaml|json|name|jsonpath=…|custom-columns=…] [-l LABEL=VALUE] [--sort-by=…]
kubectl describe KIND [NAME]
kubectl logs POD|deploy/NAME [-f] [--since=D] [--tail=N] [--timestamps]
kubectl top pods|nodes
kubectl rollout status|history|undo|restart deployment/NAME [--to-revision=N]
kubectl scale deployment/NAME --replicas=N
kubectl delete pod NAME…
kubectl set env deployment/NAME NAME=VALUE
kubectl exec POD -- COMMAND
kubectl cordon|uncordon|drain NODE
kubectl events",
    summary: "look at and change what the cluster runs",
    manual: "Kinds are pods, deployments, replicasets, nodes, events (po, deploy, rs, no, ev). A deployment's pods are replaced a few at a time; a pod that is deleted drains and is replaced; what \
             starts is ready only after its start-up time.

  -n NAMESPACE  shop, the default
  -l app=web    only objects with this label
  -o FORMAT     wide, yaml, json, name,
                jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}',
                custom-columns=NAME:.metadata.name,NODE:.spec.nodeName
  --no-headers  without the first line    --show-labels  with a column of labels
  --sort-by=.status.containerStatuses[0].restartCount and the like; --sort-by=cpu for top
  -w            print again every five seconds until Ctrl-C",
    complete,
    run: Handler::Tool(run),
};

const OPTIONS: Options = Options {
    short: "n:o:l:fpAwc:L:S:T:s:r:R:tiH:F:aNWG:",
    long: &[
        ("namespace", 'n'),
        ("output", 'o'),
        ("selector", 'l'),
        ("follow", 'f'),
        ("all-namespaces", 'A'),
        ("watch", 'w'),
        ("container", 'c'),
        ("sort-by", 'S'),
        ("tail", 'T'),
        ("since", 's'),
        ("replicas", 'r'),
        ("to-revision", 'R'),
        ("timestamps", 't'),
        ("all", 'a'),
        ("field-selector", 'F'),
        ("for", 'H'),
        ("no-headers", 'N'),
        ("show-labels", 'W'),
        ("stdin", 'i'),
        ("tty", 't'),
        ("context", 'c'),
        ("ignore-daemonsets", 'a'),
        ("delete-emptydir-data", 'a'),
        ("force", 'a'),
        ("grace-period", 'G'),
        ("timeout", 'G'),
    ],
};

/// Verbs with what they do.
const VERBS: [(&str, &str); 13] = [
    ("get", "list objects"),
    ("describe", "tell all about objects"),
    ("logs", "read a pod's logs"),
    ("top", "CPU and memory in use"),
    ("rollout", "follow, undo or restart a rollout"),
    ("scale", "change the number of pods"),
    ("delete", "delete pods"),
    ("set", "change a deployment's environment"),
    ("events", "what happened"),
    ("exec", "run a program in a pod"),
    ("cordon", "keep new pods off a node"),
    ("uncordon", "let pods onto a node again"),
    ("drain", "move a node's pods elsewhere"),
];
/// Verbs that a real kubectl has and that the on-call role may not use here.
const FORBIDDEN: [&str; 10] =
    ["apply", "edit", "patch", "create", "replace", "port-forward", "cp", "attach", "debug", "autoscale"];

/// A rollout or scaling followed.
#[derive(Clone)]
pub(crate) struct Rollout {
    pub(super) operation: OperationId,
    /// The sentence printed last.
    pub(super) said: String,
    pub(super) deployment: String,
}

impl Rollout {
    /// Prints how far it is; over when the operation is.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Polled {
        let mut output = Output::default();
        let Some(view) = context.world.operation(self.operation) else {
            return Polled::Done(Output::failure("error: the rollout is no longer known"));
        };
        match view.state {
            OperationState::Running => {
                let line = rollout::progress(context, &self.deployment);
                if line != self.said {
                    output.out(format!("{line}\n"));
                    self.said = line;
                }
                Polled::Pending(output)
            }
            OperationState::Done => {
                output.out(format!("deployment \"{}\" successfully rolled out\n", self.deployment));
                Polled::Done(output)
            }
            OperationState::Failed(reason) => Polled::Done(Output::failure(format!("error: {reason}"))),
        }
    }
}

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let before: Vec<&str> =
        asking.before.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let deployments = || -> Vec<Candidate> {
        let all = asking.context.world.deployments();
        all.into_iter()
            .map(|d| (format!("deployment/{}", d.name), format!("{}/{} ready", d.ready, d.desired)))
            .collect()
    };
    let pods = || -> Vec<Candidate> {
        asking.context.world.pods().into_iter().map(|pod| (pod.name, pod.phase.as_str().to_owned())).collect()
    };
    match before.as_slice() {
        [] => words(&VERBS),
        ["get" | "describe"] => words(&[
            ("pods", "po"),
            ("deployments", "deploy"),
            ("replicasets", "rs"),
            ("nodes", "no"),
            ("events", "ev"),
        ]),
        ["get" | "describe", kind, ..] => {
            Kind::parse(kind).map_or_else(Vec::new, |kind| objects::names(asking.context, kind))
        }
        ["logs"] => {
            let mut found = pods();
            found.extend(deployments());
            found
        }
        ["top"] => words(&[("pods", ""), ("nodes", "")]),
        ["rollout"] => words(&[
            ("status", "follow"),
            ("history", "revisions"),
            ("undo", "back to a revision"),
            ("restart", "replace all pods"),
        ]),
        ["rollout", _] | ["scale"] => deployments(),
        ["scale", _] => vec![("--replicas=".into(), "number of pods".into())],
        ["cordon" | "uncordon" | "drain"] => objects::names(asking.context, Kind::Nodes),
        ["exec"] => pods(),
        ["delete"] => words(&[("pod", "")]),
        ["delete", "pod" | "pods" | "po", ..] => pods(),
        ["set"] => words(&[("env", "environment variables")]),
        ["set", "env"] => deployments(),
        _ => Vec::new(),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let parsed = match OPTIONS.parse(call.arguments) {
        Ok(parsed) => parsed,
        Err(message) => {
            let message = message
                .replace("unrecognized option '", "unknown flag: ")
                .replace("invalid option -- '", "unknown shorthand flag: '");
            return Output::failure(format!(
                "error: {}\nSee 'kubectl --help' for usage.",
                message.trim_end_matches('\'')
            ))
            .into();
        }
    };
    let namespace = &context.scenario.components.web.namespace;
    if let Some(given) = parsed.value('n')
        && given != namespace
    {
        return Output::text(format!("No resources found in {given} namespace.\n")).into();
    }
    let operands: Vec<String> = parsed.operands.clone();
    let Some((verb, rest)) = operands.split_first() else {
        return Output::failure(format!("kubectl: which verb?\n{}", TOOL.usage)).into();
    };
    if verb == "get" && parsed.has('w') {
        let again: Vec<String> = std::iter::once(call.name.to_owned())
            .chain(
                call.arguments
                    .iter()
                    .filter(|argument| !matches!(argument.as_str(), "-w" | "--watch"))
                    .cloned(),
            )
            .collect();
        let title = format!("# {}", again.join(" "));
        return Outcome::Repeat { list: List::simple(&again), every: WATCH_INTERVAL, title };
    }
    verb_of(verb, rest, &parsed, context)
}

/// How often `-w` prints.
const WATCH_INTERVAL: Span = Span::from_secs(5);

fn verb_of(verb: &str, rest: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Outcome {
    match verb {
        "get" => get::run(rest, parsed, context).into(),
        "describe" => describe::run(rest, parsed, context).into(),
        "logs" | "log" => logs(rest, parsed, context),
        "top" => top::run(rest, parsed, context).into(),
        "rollout" => rollout::run(rest, parsed, context),
        "scale" => scale::run(rest, parsed, context).into(),
        "delete" => scale::delete(rest, parsed, context).into(),
        "set" => rollout::set_env(rest, context).into(),
        "events" => get::events(parsed, context).into(),
        "exec" => exec::run(rest, context).into(),
        "cordon" | "uncordon" | "drain" => cordon::run(verb, rest, context).into(),
        "cluster-info" => {
            Output::text("Kubernetes control plane is running at https://kubernetes:6443\n").into()
        }
        "config" => config(rest, context).into(),
        "version" => {
            Output::text("Client Version: v1.33.1\nKustomize Version: v5.6.0\nServer Version: v1.33.1\n")
                .into()
        }
        verb if FORBIDDEN.contains(&verb) => Output::failure(format!(
            "Error from server (Forbidden): User \"oncall\" cannot {verb} in the namespace \"{}\"",
            context.scenario.components.web.namespace
        ))
        .into(),
        verb => {
            let mut output = Output::failure(format!("error: unknown command \"{verb}\" for \"kubectl\""));
            if let Some(near) = nearest(verb, VERBS.iter().map(|(name, _)| *name)) {
                output.err(format!("\nDid you mean this?\n\t{near}\n"));
            }
            output.into()
        }
    }
}

/// `kubectl config current-context` and `get-contexts`: there is one.
fn config(rest: &[String], context: &Context<'_>) -> Output {
    let namespace = &context.scenario.components.web.namespace;
    match rest.first().map(String::as_str) {
        Some("current-context") => Output::text("prod\n"),
        Some("get-contexts") => Output::text(crate::console::text::table(&[
            crate::console::text::row(["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]),
            crate::console::text::row(["*", "prod", "prod", "oncall", namespace]),
        ])),
        Some("use-context" | "set-context") => Output::text("Switched to context \"prod\".\n"),
        _ => Output::failure("error: kubectl config current-context or get-contexts"),
    }
}

fn logs(rest: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Outcome {
    match read_logs(rest, parsed, context) {
        Ok(outcome) => outcome,
        Err(output) => output.into(),
    }
}

fn read_logs(rest: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Result<Outcome, Output> {
    let pods = context.world.pods();
    let wanted: Vec<String> = match (rest.first(), parsed.value('l')) {
        (Some(name), _) => match name.split_once('/') {
            Some(("pod" | "pods" | "po", pod)) => vec![pod.to_owned()],
            Some((kind, deployment)) if Kind::parse(kind) == Some(Kind::Deployments) => {
                pods.iter().filter(|pod| pod.deployment == deployment).map(|pod| pod.name.clone()).collect()
            }
            _ => vec![name.clone()],
        },
        (None, Some(label)) => pods
            .iter()
            .filter(|pod| objects::labelled(&pod.deployment, label))
            .map(|pod| pod.name.clone())
            .collect(),
        (None, None) => {
            return Err(Output::failure(
                "error: expected 'logs [-f] POD'.\nSee 'kubectl logs -h' for help and examples",
            ));
        }
    };
    let logs = &context.world.telemetry().logs;
    let since = match parsed.value('s') {
        None => SimTime::ZERO,
        Some(text) => super::logs::instant(context, text).ok_or_else(|| {
            Output::failure(format!("error: invalid argument \"{text}\" for \"--since\" flag"))
        })?,
    };
    let mut selectors = Vec::new();
    for name in &wanted {
        let source = logs.find_source(name);
        if source.is_none() && !pods.iter().any(|pod| pod.name == *name) {
            return Err(Output::failure(format!(
                "error: error from server (NotFound): pods \"{name}\" not found in namespace \"{}\"",
                context.scenario.components.web.namespace
            )));
        }
        if source.is_some() {
            selectors.push(LogSelector { source, since, ..LogSelector::default() });
        }
    }
    let last = match parsed.value('T') {
        Some(text) if text != "-1" => text.parse().map_err(|_| {
            Output::failure(format!("error: invalid argument \"{text}\" for \"--tail\" flag"))
        })?,
        // kubectl prints the last ten lines of each pod that a selector finds.
        _ if parsed.value('l').is_some() && rest.is_empty() => 10 * wanted.len(),
        _ => usize::MAX,
    };
    let form = if parsed.has('t') { Form::Stamped } else { Form::Bare };
    let mut lines = if selectors.is_empty() { Vec::new() } else { merged(logs, &selectors) };
    lines.drain(..lines.len().saturating_sub(last));
    let output = Output::text(printed(&lines, &context.scenario.calendar(), form));
    if !parsed.has('f') || selectors.is_empty() {
        return Ok(output.into());
    }
    let following = Following::new(selectors, form, context.world.now());
    Ok(Outcome::Job(Job::Follow { first: Some(output), following }))
}
