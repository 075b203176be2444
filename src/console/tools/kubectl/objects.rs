//! Kinds of objects, their names, and finding them.

use crate::console::Context;
use crate::console::table::{Candidate, Output};
use crate::stack::{DeploymentView, PodView};

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Pods,
    Deployments,
    ReplicaSets,
    Nodes,
    Events,
    Services,
    Endpoints,
    Namespaces,
}

/// Names that a kind goes by.
pub(super) const KINDS: &[(Kind, &[&str])] = &[
    (Kind::Pods, &["pods", "pod", "po"]),
    (Kind::Deployments, &["deployments", "deployment", "deploy", "deployments.apps", "deployment.apps"]),
    (Kind::ReplicaSets, &["replicasets", "replicaset", "rs", "replicasets.apps"]),
    (Kind::Nodes, &["nodes", "node", "no"]),
    (Kind::Events, &["events", "event", "ev"]),
    (Kind::Services, &["services", "service", "svc"]),
    (Kind::Endpoints, &["endpoints", "endpoint", "ep"]),
    (Kind::Namespaces, &["namespaces", "namespace", "ns"]),
];

/// Kinds that a real cluster has and this one shows none of.
const EMPTY_KINDS: &[&str] = &[
    "jobs",
    "cronjobs",
    "statefulsets",
    "sts",
    "daemonsets",
    "ds",
    "ingress",
    "ing",
    "hpa",
    "pvc",
    "job",
    "cronjob",
    "statefulset",
    "daemonset",
    "cj",
    "ingresses",
    "horizontalpodautoscaler",
    "horizontalpodautoscalers",
    "persistentvolumeclaims",
    "pdb",
    "poddisruptionbudgets",
    "networkpolicies",
    "netpol",
    "limitranges",
    "limits",
    "quota",
    "resourcequotas",
];

/// Kinds that the on-call role may not list.
const FORBIDDEN_KINDS: [(&str, &[&str], &str); 6] = [
    (
        "configmaps",
        &["configmaps", "configmap", "cm"],
        "configuration is read with config list, a pod's environment with kubectl set env deploy/web --list",
    ),
    ("secrets", &["secrets", "secret"], "nothing that you need is in there"),
    (
        "serviceaccounts",
        &["serviceaccounts", "serviceaccount", "sa"],
        "kubectl auth whoami tells who you are",
    ),
    (
        "persistentvolumes",
        &["persistentvolumes", "persistentvolume", "pv"],
        "the shop's data is on the database servers: ssh pg-1 df -h",
    ),
    (
        "storageclasses",
        &["storageclasses", "sc"],
        "the shop's data is on the database servers: ssh pg-1 df -h",
    ),
    (
        "customresourcedefinitions",
        &["customresourcedefinitions", "crd", "crds"],
        "kubectl api-resources lists what you may see",
    ),
];

impl Kind {
    /// Reads any of its names.
    pub(super) fn parse(word: &str) -> Option<Kind> {
        let lower = word.to_lowercase();
        KINDS.iter().find(|(_, names)| names.contains(&lower.as_str())).map(|(kind, _)| *kind)
    }

    /// The word for it in messages: `pods "x" not found`.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Kind::Pods => "pods",
            Kind::Deployments => "deployments.apps",
            Kind::ReplicaSets => "replicasets.apps",
            Kind::Nodes => "nodes",
            Kind::Events => "events",
            Kind::Services => "services",
            Kind::Endpoints => "endpoints",
            Kind::Namespaces => "namespaces",
        }
    }

    /// The word before a name: `pod/x`.
    pub(super) fn singular(self) -> &'static str {
        match self {
            Kind::Pods => "pod",
            Kind::Deployments => "deployment.apps",
            Kind::ReplicaSets => "replicaset.apps",
            Kind::Nodes => "node",
            Kind::Events => "event",
            Kind::Services => "service",
            Kind::Endpoints => "endpoints",
            Kind::Namespaces => "namespace",
        }
    }
}

/// What the operands ask for: kinds and names (`pods a b`, `pod/a deploy/web`, `pods,deploy`).
pub(super) fn targets(operands: &[String]) -> Result<Vec<(Kind, Option<String>)>, Output> {
    let unknown = |word: &str| {
        let lower = word.to_lowercase();
        let word = lower.as_str();
        if let Some((kind, _, instead)) = FORBIDDEN_KINDS.iter().find(|(_, names, _)| names.contains(&word)) {
            Output::failure(format!(
                "Error from server (Forbidden): {kind} is forbidden: User \"oncall\" cannot list resource \"{kind}\" in API group \"\" in \
                 the namespace \"shop\"\n({instead})"
            ))
        } else if EMPTY_KINDS.contains(&word) {
            Output::text("No resources found in shop namespace.\n")
        } else {
            Output::failure(format!("error: the server doesn't have a resource type \"{word}\""))
        }
    };
    let Some((first, rest)) = operands.split_first() else {
        return Err(Output::failure(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\nerror: Required resource not specified.",
        ));
    };
    if first.contains('/') {
        let mut found = Vec::new();
        for operand in operands {
            let (kind, name) = operand.split_once('/').unwrap_or((operand, ""));
            found.push((Kind::parse(kind).ok_or_else(|| unknown(kind))?, Some(name.to_owned())));
        }
        return Ok(found);
    }
    let mut kinds = Vec::new();
    let several = first.contains(',');
    for word in first.split(',') {
        match word {
            "all" => kinds.extend([Kind::Pods, Kind::Services, Kind::Deployments, Kind::ReplicaSets]),
            word if several && EMPTY_KINDS.contains(&word) => {}
            word => kinds.push(Kind::parse(word).ok_or_else(|| unknown(word))?),
        }
    }
    if rest.is_empty() {
        return Ok(kinds.into_iter().map(|kind| (kind, None)).collect());
    }
    Ok(kinds.iter().flat_map(|kind| rest.iter().map(|name| (*kind, Some(name.clone())))).collect())
}

/// `Error from server (NotFound): pods "x" not found`.
pub(super) fn not_found(kind: Kind, name: &str) -> Output {
    Output::failure(format!("Error from server (NotFound): {} \"{name}\" not found", kind.plural()))
}

/// Whether a deployment's objects carry the labels of a selector: `app=web,tier!=x`.
pub(super) fn labelled(deployment: &str, selector: &str) -> bool {
    selector.split(',').all(|test| match (test.split_once("!="), test.split_once('=')) {
        (Some((label, value)), _) => !(label == "app" && value == deployment),
        (None, Some((label, value))) => label == "app" && value.trim_start_matches('=') == deployment,
        (None, None) => test == "app",
    })
}

/// The deployment that `deployment/NAME`, `deploy NAME` or `NAME` means.
pub(super) fn deployment(operands: &[String], context: &Context<'_>) -> Result<DeploymentView, Output> {
    let name = match operands {
        [one] => match one.split_once('/') {
            Some((kind, name)) if Kind::parse(kind) == Some(Kind::Deployments) => name,
            Some((kind, _)) => {
                return Err(Output::failure(format!(
                    "error: the server doesn't have a resource type \"{kind}\" that can do this"
                )));
            }
            None => one.as_str(),
        },
        [kind, name, ..] if Kind::parse(kind) == Some(Kind::Deployments) => name.as_str(),
        _ => return Err(Output::failure("error: required resource not specified: deployment/NAME")),
    };
    let found = context.world.deployments().into_iter().find(|deployment| deployment.name == name);
    found.ok_or_else(|| not_found(Kind::Deployments, name))
}

/// A replica set, put together from its pods and the deployment.
pub(super) struct ReplicaSet {
    pub(super) name: String,
    pub(super) deployment: String,
    pub(super) image: String,
    pub(super) hash: String,
    pub(super) desired: u32,
    pub(super) current: u32,
    pub(super) ready: u32,
    pub(super) age: crate::kernel::Span,
}

/// The replica sets that have pods, newest revision last.
pub(super) fn replica_sets(context: &Context<'_>) -> Vec<ReplicaSet> {
    let mut sets: Vec<(u32, ReplicaSet)> = Vec::new();
    let deployments = context.world.deployments();
    for pod in context.world.pods() {
        let newest = deployments.iter().any(|d| d.name == pod.deployment && d.revision == pod.revision);
        let desired = deployments.iter().find(|d| d.name == pod.deployment).map_or(0, |d| d.desired);
        let terminating = pod.phase == crate::stack::PodPhase::Terminating;
        match sets.iter_mut().find(|(_, set)| set.hash == pod.template_hash) {
            Some((_, set)) => {
                set.current += u32::from(!terminating);
                set.ready += u32::from(pod.ready && !terminating);
                set.age = set.age.max(pod.age);
            }
            None => sets.push((
                pod.revision,
                ReplicaSet {
                    name: format!("{}-{}", pod.deployment, pod.template_hash),
                    deployment: pod.deployment.clone(),
                    image: pod.image.clone(),
                    hash: pod.template_hash.clone(),
                    desired: if newest { desired } else { 0 },
                    current: u32::from(!terminating),
                    ready: u32::from(pod.ready && !terminating),
                    age: pod.age,
                },
            )),
        }
    }
    sets.sort_by_key(|(revision, _)| *revision);
    sets.into_iter().map(|(_, set)| set).collect()
}

/// Names for completion.
pub(super) fn names(context: &Context<'_>, kind: Kind) -> Vec<Candidate> {
    match kind {
        Kind::Pods => context
            .world
            .pods()
            .into_iter()
            .map(|pod: PodView| (pod.name, pod.phase.as_str().to_owned()))
            .collect(),
        Kind::Deployments => context.world.deployments().into_iter().map(|d| (d.name, d.image)).collect(),
        Kind::ReplicaSets => replica_sets(context).into_iter().map(|set| (set.name, set.image)).collect(),
        Kind::Nodes => context.world.nodes().into_iter().map(|node| (node.name, "node".to_owned())).collect(),
        Kind::Events => Vec::new(),
        Kind::Services | Kind::Endpoints | Kind::Namespaces => super::services::rows(kind, context)
            .into_iter()
            .map(|row| (row.name, kind.singular().to_owned()))
            .collect(),
    }
}
