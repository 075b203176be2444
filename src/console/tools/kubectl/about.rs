//! What kubectl tells of the API and of your rights: `api-resources`, `explain`, `auth can-i`, `config`, `version`,
//! `cluster-info`, `wait`.

use super::objects::{KINDS, Kind, deployment, not_found};
use crate::console::Context;
use crate::console::shell::options::Parsed;
use crate::console::table::Output;
use crate::console::text::{nearest, row, table};

/// Verbs that the on-call role has, with the kinds that each is for.
const RIGHTS: [(&str, &[&str]); 6] = [
    (
        "get",
        &[
            "pods",
            "deployments",
            "replicasets",
            "nodes",
            "events",
            "services",
            "endpoints",
            "namespaces",
            "pods/log",
        ],
    ),
    (
        "list",
        &["pods", "deployments", "replicasets", "nodes", "events", "services", "endpoints", "namespaces"],
    ),
    (
        "watch",
        &["pods", "deployments", "replicasets", "nodes", "events", "services", "endpoints", "namespaces"],
    ),
    ("delete", &["pods"]),
    ("patch", &["deployments", "deployments/scale", "nodes"]),
    ("create", &["pods/exec", "pods/eviction"]),
];

/// What a kind is, for `explain`.
fn explanation(kind: Kind) -> (&'static str, &'static str, &'static [&'static str]) {
    match kind {
        Kind::Pods => (
            "Pod",
            "A pod is a container that runs the shop's image, with its limits and environment.",
            &[
                "metadata.name",
                "metadata.labels",
                "metadata.creationTimestamp",
                "spec.containers[].image",
                "spec.containers[].env",
                "spec.containers[].resources.limits",
                "spec.nodeName",
                "status.phase",
                "status.podIP",
                "status.conditions",
                "status.containerStatuses[].ready",
                "status.containerStatuses[].restartCount",
            ],
        ),
        Kind::Deployments => (
            "Deployment",
            "A deployment keeps a number of pods of one revision running, and replaces them a few at a time.",
            &[
                "metadata.name",
                "spec.replicas",
                "spec.selector",
                "spec.template.spec.containers[].image",
                "spec.template.spec.containers[].env",
                "status.replicas",
                "status.readyReplicas",
                "status.updatedReplicas",
                "status.availableReplicas",
            ],
        ),
        Kind::ReplicaSets => (
            "ReplicaSet",
            "A replica set is the pods of one revision of a deployment.",
            &["metadata.name", "spec.replicas", "status.replicas", "status.readyReplicas"],
        ),
        Kind::Nodes => (
            "Node",
            "A node is a machine that pods run on.",
            &["metadata.name", "spec.unschedulable", "status.capacity", "status.conditions"],
        ),
        Kind::Events => (
            "Event",
            "An event is something that happened to an object.",
            &["type", "reason", "message", "count", "lastTimestamp", "involvedObject.name"],
        ),
        Kind::Services => (
            "Service",
            "A service is an address inside the cluster, behind which pods or another host serve.",
            &["metadata.name", "spec.clusterIP", "spec.ports", "spec.selector"],
        ),
        Kind::Endpoints => (
            "Endpoints",
            "Endpoints are the addresses behind a service: the pods that are ready.",
            &["metadata.name", "subsets[].addresses", "subsets[].ports"],
        ),
        Kind::Namespaces => (
            "Namespace",
            "A namespace is a part of the cluster with rights of its own.",
            &["metadata.name", "status.phase"],
        ),
    }
}

/// `kubectl explain KIND[.FIELD]`.
pub(super) fn explain(operands: &[String]) -> Output {
    let Some(path) = operands.first() else {
        return Output::failure(
            "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.",
        );
    };
    let (word, field) = path.split_once('.').unwrap_or((path, ""));
    let Some(kind) = Kind::parse(word) else {
        return Output::failure(format!("the server doesn't have a resource type \"{word}\""));
    };
    let (name, what, fields) = explanation(kind);
    let version = if kind.singular().ends_with(".apps") { "apps/v1" } else { "v1" };
    let below: Vec<&str> =
        fields.iter().copied().filter(|known| known.replace("[]", "").starts_with(field)).collect();
    if below.is_empty() {
        return Output::failure(format!("error: field \"{field}\" does not exist"));
    }
    let list: String = below.iter().map(|field| format!("  {field}\n")).collect();
    Output::text(format!(
        "KIND:       {name}\nVERSION:    {version}\n\nDESCRIPTION:\n    {what}\n\nFIELDS that this cluster fills in:\n{list}"
    ))
}

/// `kubectl api-resources`.
pub(super) fn resources() -> Output {
    let mut rows = vec![row(["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"])];
    for (kind, names) in KINDS {
        let (name, ..) = explanation(*kind);
        let version = if kind.singular().ends_with(".apps") { "apps/v1" } else { "v1" };
        let cluster = matches!(kind, Kind::Nodes | Kind::Namespaces);
        let short: Vec<&str> =
            names.iter().copied().filter(|name| name.len() <= 3 || *name == "deploy").collect();
        rows.push(row([names[0], &short.join(","), version, if cluster { "false" } else { "true" }, name]));
    }
    Output::text(table(&rows))
}

/// `kubectl auth can-i VERB KIND`, `auth whoami`.
pub(super) fn auth(operands: &[String], parsed: &Parsed) -> Output {
    let words: Vec<&str> = operands.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["whoami"] => {
            Output::text("ATTRIBUTE   VALUE\nUsername    oncall\nGroups      [oncall system:authenticated]\n")
        }
        ["can-i"] if parsed.has('Y') => {
            let mut rows = vec![row(["Resources", "Verbs"])];
            let mut kinds: Vec<&str> = RIGHTS.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            for kind in kinds {
                let verbs: Vec<&str> =
                    RIGHTS.iter().filter(|(_, kinds)| kinds.contains(&kind)).map(|(verb, _)| *verb).collect();
                rows.push(row([kind, &format!("[{}]", verbs.join(" "))]));
            }
            Output::text(table(&rows))
        }
        ["can-i", verb, kind, ..] => {
            let (kind, name) = kind.split_once('/').unwrap_or((kind, ""));
            let plural = Kind::parse(kind).map_or(kind, |kind| kind.plural().trim_end_matches(".apps"));
            // A sub-resource (pods/log) is a kind of its own; anything else after the stroke is an object's name.
            let whole = format!("{plural}/{name}");
            let allowed = RIGHTS.iter().any(|(known, kinds)| {
                known == verb
                    && (kinds.contains(&plural) && !matches!(name, "exec" | "portforward")
                        || kinds.contains(&whole.as_str()))
            });
            if allowed { Output::text("yes\n") } else { Output { status: 1, ..Output::text("no\n") } }
        }
        _ => Output::failure("error: kubectl auth can-i VERB KIND, can-i --list, or whoami"),
    }
}

/// `kubectl config …`: there is one context.
pub(super) fn config(operands: &[String], context: &Context<'_>) -> Output {
    let namespace = &context.scenario.components.web.namespace;
    match operands.first().map(String::as_str) {
        Some("current-context") => Output::text("prod\n"),
        Some("get-contexts") => Output::text(table(&[
            row(["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]),
            row(["*", "prod", "prod", "oncall", namespace]),
        ])),
        Some("get-clusters") => Output::text("NAME\nprod\n"),
        Some("get-users") => Output::text("NAME\noncall\n"),
        Some("use-context" | "use") => match operands.get(1).map(String::as_str) {
            Some("prod") => Output::text("Switched to context \"prod\".\n"),
            Some(other) => Output::failure(format!("error: no context exists with the name: \"{other}\"")),
            None => Output::failure("error: accepts 1 arg(s), received 0"),
        },
        Some("set-context") => Output::text("Context \"prod\" modified.\n"),
        Some("view") => Output::text(format!(
            "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: DATA+OMITTED\n    server: https://kubernetes:6443\n  name: prod\ncontexts:\n- context:\n    cluster: prod\n    namespace: {namespace}\n    user: oncall\n  name: prod\ncurrent-context: prod\nkind: Config\nusers:\n- name: oncall\n  user:\n    token: REDACTED\n"
        )),
        _ => Output::failure("error: kubectl config current-context, get-contexts, use-context or view"),
    }
}

/// `kubectl wait --for=condition=Ready pod/NAME`: answers for the present instant.
pub(super) fn wait(operands: &[String], parsed: &Parsed, context: &Context<'_>) -> Output {
    let Some(condition) = parsed.value('H') else {
        return Output::failure(
            "error: --for must be specified: --for=condition=Ready or --for=condition=Available",
        );
    };
    let condition = condition.trim_start_matches("condition=").to_lowercase();
    let Some(target) = operands.first() else {
        return Output::failure(
            "error: arguments in resource/name form must have a single resource and name",
        );
    };
    let (kind, name) = match target.split_once('/') {
        Some(pair) => pair,
        None => (target.as_str(), operands.get(1).map_or("", String::as_str)),
    };
    let met = match Kind::parse(kind) {
        Some(Kind::Pods) => {
            let pods = context.world.pods();
            match pods.iter().find(|pod| pod.name == name) {
                Some(pod) => pod.ready && condition == "ready",
                None => return not_found(Kind::Pods, name),
            }
        }
        Some(Kind::Deployments) => match deployment(operands, context) {
            Ok(found) => found.ready * 4 >= found.desired * 3 && condition == "available",
            Err(output) => return output,
        },
        _ => {
            return Output::failure(format!(
                "error: kubectl wait is for pods and deployments here, not \"{kind}\""
            ));
        }
    };
    if met {
        Output::text(format!("{}/{name} condition met\n", Kind::parse(kind).map_or("", Kind::singular)))
    } else {
        Output::failure(format!(
            "error: timed out waiting for the condition on {target}\n(rollouts are followed with kubectl rollout status)"
        ))
    }
}

/// A verb that there is, that the on-call role may not use, with what serves instead.
pub(super) fn forbidden(verb: &str, context: &Context<'_>) -> Output {
    let namespace = &context.scenario.components.web.namespace;
    let instead = match verb {
        "port-forward" | "proxy" => {
            "ports are reached from here as they are: curl http://shop/, psql -h pg-1, redis-cli; nc -zv HOST PORT"
        }
        "debug" | "attach" | "cp" => {
            "what a container tells: kubectl logs POD, kubectl exec POD -- env, kubectl describe pod POD"
        }
        "apply" | "create" | "replace" | "patch" | "edit" | "kustomize" => {
            "what can be changed: kubectl scale, set env, rollout undo, rollout restart; and config set, flags set"
        }
        "autoscale" => "the number of pods is set with kubectl scale",
        "run" | "expose" => "nothing new is started from here; kubectl scale gives a deployment more pods",
        "taint" | "label" | "annotate" => "nodes are taken out with kubectl cordon and drain",
        _ => "kubectl auth can-i --list tells what you may",
    };
    Output::failure(format!(
        "Error from server (Forbidden): User \"oncall\" cannot {verb} in the namespace \"{namespace}\"\n({instead})"
    ))
}

/// A verb that there is none of.
pub(super) fn unknown(verb: &str, verbs: impl Iterator<Item = &'static str>) -> Output {
    let mut output = Output::failure(format!("error: unknown command \"{verb}\" for \"kubectl\""));
    if let Some(near) = nearest(verb, verbs) {
        output.err(format!("\nDid you mean this?\n\t{near}\n"));
    }
    output
}
