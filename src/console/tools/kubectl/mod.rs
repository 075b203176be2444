//! `kubectl`: what the cluster runs. One file per group of verbs; names, columns and wording are kubectl's.

mod about;
mod cordon;
mod describe;
mod exec;
mod get;
mod jsonpath;
mod logs;
mod objects;
mod rollout;
mod scale;
mod services;
mod top;
mod yaml;

use crate::console::Context;
use crate::console::jobs::Polled;
use crate::console::shell::options::{Flag, Parsed, flag, parse, word};
use crate::console::shell::session::Session;
use crate::console::shell::syntax::List;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::kernel::Span;
use crate::stack::{OperationId, OperationState};
use objects::Kind;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "kubectl",
    aliases: &[],
    group: Group::Cluster,
    usage: "kubectl get KIND[,KIND]… [NAME…] [-o wide|yaml|json|name|jsonpath=…|custom-columns=…] [-l LABEL=VALUE] [--sort-by=…]
kubectl describe KIND [NAME]
kubectl logs POD|deploy/NAME [-f] [--since=D] [--tail=N] [--timestamps]
kubectl top pods|nodes
kubectl rollout status|history|undo|restart deployment/NAME [--to-revision=N]
kubectl scale deployment/NAME --replicas=N
kubectl delete pod NAME…
kubectl set env deployment/NAME NAME=VALUE
kubectl exec POD -- COMMAND
kubectl cordon|uncordon|drain NODE
kubectl events [--for=pod/NAME] [--types=Warning]
kubectl wait --for=condition=Ready pod/NAME
kubectl explain KIND
kubectl auth can-i VERB KIND
kubectl config get-contexts",
    summary: "look at and change what the cluster runs",
    manual: "Kinds are pods, deployments, replicasets, nodes, events, services, endpoints, namespaces (po, deploy, rs, no, ev, svc, ep, ns). Endpoints are the pods that are ready. A deployment's pods are replaced a few at a time; a pod that is deleted drains and is replaced; what \
             starts is ready only after its start-up time.

                jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}',
                custom-columns=NAME:.metadata.name,NODE:.spec.nodeName",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('n', "namespace", "NAMESPACE", "shop, the default"),
    flag('A', "all-namespaces", "", "as -n shop: it is the only one open to you"),
    flag('o', "output", "FORMAT", "wide, yaml, json, name, jsonpath=…, custom-columns=…"),
    flag('l', "selector", "LABEL=VALUE", "only objects with this label"),
    word(
        'F',
        "field-selector",
        "FIELD=VALUE",
        "only objects with this field: status.phase, spec.nodeName, type, reason",
    ),
    word('S', "sort-by", "PATH", "by .metadata.name, .lastTimestamp and the like; cpu or memory for top"),
    word('N', "no-headers", "", "without the first line"),
    word('W', "show-labels", "", "with a column of labels"),
    flag('L', "label-columns", "LABEL", "with a column for a label"),
    flag('w', "watch", "", "print again every five seconds until Ctrl-C"),
    flag('f', "follow", "", "logs: print new lines until Ctrl-C"),
    flag('f', "filename", "", ""),
    flag('p', "previous", "", "logs: of the container before the last restart"),
    flag('c', "container", "NAME", "logs, exec: the container, named as its deployment"),
    word('K', "all-containers", "", "logs: of all containers"),
    word('s', "since", "DURATION", "logs: of the last DURATION"),
    word('Z', "since-time", "TIME", "logs: from a clock time or RFC 3339"),
    word('T', "tail", "N", "logs: only the last N lines"),
    word('m', "timestamps", "", "logs: with the time of each line"),
    word('P', "prefix", "", "logs: with the pod before each line"),
    word('j', "all-pods", "", "logs: of all pods of a deployment, as with --prefix"),
    word('M', "max-log-requests", "N", "logs: accepted"),
    word('k', "containers", "", "top: a line for each container"),
    word('r', "replicas", "N", "scale: so many pods"),
    word('O', "current-replicas", "N", "scale: only when there are N"),
    word('R', "to-revision", "N", "rollout undo: to revision N"),
    word('V', "revision", "N", "rollout history: revision N in full"),
    word('y', "types", "TYPE", "events: Normal or Warning"),
    word('H', "for", "OBJECT", "events: of pod/NAME; wait: condition=Ready"),
    flag('i', "stdin", "", "exec: accepted"),
    flag('t', "tty", "", "exec: accepted"),
    word('a', "all", "", "all of them"),
    word('I', "ignore-daemonsets", "", "drain: accepted"),
    word('I', "delete-emptydir-data", "", ""),
    word('I', "force", "", ""),
    word('I', "wait", "", ""),
    word('I', "now", "", ""),
    word('I', "ignore-not-found", "", "no complaint about what isn't there"),
    word('G', "grace-period", "SECONDS", "delete, drain: accepted"),
    word('G', "timeout", "DURATION", ""),
    word('G', "request-timeout", "DURATION", ""),
    word('D', "dry-run", "[client]", "tell what would be done"),
    word('Y', "list", "", "set env: list; auth can-i: all that you may do"),
    word('X', "context", "NAME", "prod, the only one"),
    word('X', "cluster", "NAME", ""),
    word('X', "kubeconfig", "FILE", ""),
    word('X', "user", "NAME", ""),
    word('X', "as", "NAME", ""),
    word('X', "image", "IMAGE", ""),
    word('X', "target", "NAME", ""),
    word('X', "field-manager", "NAME", ""),
    word('x', "show-kind", "", "accepted"),
    word('x', "show-managed-fields", "", ""),
    word('x', "output-watch-events", "", ""),
    word('x', "record", "", ""),
    word('x', "recursive", "", ""),
    word('x', "minify", "", ""),
    word('x', "client", "", ""),
    word('x', "short", "", ""),
    word('x', "namespaced", "", ""),
    flag('v', "v", "LEVEL", "accepted: no requests are shown"),
];

/// Verbs with what they do.
const VERBS: [(&str, &str); 20] = [
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
    ("wait", "tell whether a condition holds"),
    ("auth", "what you may"),
    ("config", "the context"),
    ("explain", "what a kind's fields are"),
    ("api-resources", "which kinds there are"),
    ("cluster-info", "where the API is"),
    ("version", "client's and server's version"),
];
/// Verbs that a real kubectl has and that the on-call role may not use here.
const FORBIDDEN: [&str; 19] = [
    "apply",
    "edit",
    "patch",
    "create",
    "replace",
    "port-forward",
    "proxy",
    "cp",
    "attach",
    "debug",
    "autoscale",
    "run",
    "expose",
    "taint",
    "label",
    "annotate",
    "diff",
    "certificate",
    "kustomize",
];

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
        ["get" | "describe" | "explain"] => objects::KINDS
            .iter()
            .map(|(_, names)| (names[0].to_owned(), names[names.len().min(3) - 1].to_owned()))
            .collect(),
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
        ["auth"] => words(&[("can-i", "whether you may"), ("whoami", "who you are")]),
        ["auth", "can-i"] => {
            words(&[("get", ""), ("list", ""), ("delete", ""), ("patch", ""), ("create", "")])
        }
        ["auth", "can-i", _] => {
            objects::KINDS.iter().map(|(_, names)| (names[0].to_owned(), String::new())).collect()
        }
        ["config"] => {
            words(&[("current-context", ""), ("get-contexts", ""), ("use-context", ""), ("view", "")])
        }
        ["set"] => words(&[("env", "environment variables")]),
        ["set", "env"] => deployments(),
        _ => Vec::new(),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let parsed = match parse(FLAGS, &plain(call.arguments)) {
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

/// Switches without a value: `--watch=true` is `--watch`, `--watch=false` is nothing.
fn plain(arguments: &[String]) -> Vec<String> {
    let switch = |argument: &String| match argument.rsplit_once('=') {
        Some((name, "true")) if is_switch(name) => Some(name.to_owned()),
        Some((name, "false")) if is_switch(name) => None,
        _ => Some(argument.clone()),
    };
    arguments.iter().filter_map(switch).collect()
}

fn is_switch(name: &str) -> bool {
    name.strip_prefix("--")
        .is_some_and(|long| FLAGS.iter().any(|flag| flag.long == long && flag.value.is_empty()))
}

/// How often `-w` prints.
const WATCH_INTERVAL: Span = Span::from_secs(5);

fn verb_of(verb: &str, rest: &[String], parsed: &Parsed, context: &mut Context<'_>) -> Outcome {
    match verb {
        "get" => get::run(rest, parsed, context).into(),
        "describe" => describe::run(rest, parsed, context).into(),
        "logs" | "log" => logs::run(rest, parsed, context),
        "top" => top::run(rest, parsed, context).into(),
        "rollout" => rollout::run(rest, parsed, context),
        "scale" => scale::run(rest, parsed, context).into(),
        "delete" => scale::delete(rest, parsed, context).into(),
        "set" => rollout::set_env(rest, parsed, context).into(),
        "events" => get::events(parsed, context).into(),
        "exec" => exec::run(rest, context).into(),
        "cordon" | "uncordon" | "drain" => cordon::run(verb, rest, context).into(),
        "cluster-info" => {
            Output::text("Kubernetes control plane is running at https://kubernetes:6443\n").into()
        }
        "config" => about::config(rest, context).into(),
        "explain" => about::explain(rest).into(),
        "api-resources" => about::resources().into(),
        "api-versions" => Output::text("apps/v1\nv1\n").into(),
        "auth" => about::auth(rest, parsed).into(),
        "wait" => about::wait(rest, parsed, context).into(),
        "options" | "help" => Output::text(crate::console::tools::manual("kubectl")).into(),
        "version" => {
            Output::text("Client Version: v1.33.1\nKustomize Version: v5.6.0\nServer Version: v1.33.1\n")
                .into()
        }
        verb if FORBIDDEN.contains(&verb) => about::forbidden(verb, context).into(),
        verb => about::unknown(verb, VERBS.iter().map(|(name, _)| *name)).into(),
    }
}
