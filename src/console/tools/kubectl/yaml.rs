//! Objects as the API server would hand them out, for `-o yaml`, `-o json` and `--sort-by`: what the views know, under the
//! API's names.

use super::objects::ReplicaSet;
use crate::console::Context;
use crate::kernel::{SimTime, Span};
use crate::stack::{DeploymentView, EventView, KubeNodeView, PodPhase, PodView};
use serde_json::{Value, json};

/// The time that lies `age` back, as RFC 3339.
fn created(context: &Context<'_>, age: Span) -> String {
    let calendar = context.scenario.calendar();
    let second = calendar.unix_seconds(context.world.now()) - age.as_secs() as i64;
    // What is older than the simulation has a time before its start: count from a calendar that starts there.
    let calendar = crate::kernel::Calendar::new(second);
    format!("{}T{}Z", calendar.date(SimTime::ZERO), calendar.clock(SimTime::ZERO))
}

fn environment(variables: &[(String, String)]) -> Vec<Value> {
    variables.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// A pod.
pub(super) fn pod(pod: &PodView, context: &Context<'_>) -> Value {
    let namespace = &context.scenario.components.web.namespace;
    let phase = match pod.phase {
        PodPhase::Pending | PodPhase::ContainerCreating => "Pending",
        PodPhase::Running | PodPhase::Terminating => "Running",
    };
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "creationTimestamp": created(context, pod.age),
            "labels": {"app": pod.deployment, "pod-template-hash": pod.template_hash},
            "name": pod.name,
            "namespace": namespace,
            "ownerReferences": [{"kind": "ReplicaSet", "name": format!("{}-{}", pod.deployment, pod.template_hash)}],
        },
        "spec": {
            "containers": [{
                "env": environment(&pod.env),
                "image": pod.image,
                "name": pod.deployment,
                "resources": {"limits": {
                    "cpu": format!("{}m", pod.cpu_limit_millicores),
                    "memory": format!("{}Mi", pod.memory_limit_mib),
                }},
            }],
            "nodeName": pod.node,
        },
        "status": {
            "conditions": [{"type": "Ready", "status": if pod.ready { "True" } else { "False" }}],
            "containerStatuses": [{
                "image": pod.image,
                "name": pod.deployment,
                "ready": pod.ready,
                "restartCount": pod.restarts,
            }],
            "phase": phase,
            "podIP": pod.ip,
        },
    })
}

/// A deployment.
pub(super) fn deployment(d: &DeploymentView, context: &Context<'_>) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "annotations": {"deployment.kubernetes.io/revision": d.revision.to_string()},
            "creationTimestamp": created(context, d.age),
            "name": d.name,
            "namespace": context.scenario.components.web.namespace,
        },
        "spec": {
            "replicas": d.desired,
            "selector": {"matchLabels": {"app": d.name}},
            "template": {"spec": {"containers": [{"env": environment(&d.env), "image": d.image, "name": d.name}]}},
        },
        "status": {
            "availableReplicas": d.ready,
            "readyReplicas": d.ready,
            "replicas": d.current,
            "updatedReplicas": d.up_to_date,
        },
    })
}

/// A replica set.
pub(super) fn replica_set(set: &ReplicaSet, context: &Context<'_>) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "creationTimestamp": created(context, set.age),
            "labels": {"app": set.deployment, "pod-template-hash": set.hash},
            "name": set.name,
            "namespace": context.scenario.components.web.namespace,
        },
        "spec": {"replicas": set.desired},
        "status": {"readyReplicas": set.ready, "replicas": set.current},
    })
}

/// A node.
pub(super) fn node(node: &KubeNodeView) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name},
        "spec": if node.unschedulable { json!({"unschedulable": true}) } else { json!({}) },
        "status": {
            "capacity": {
                "cpu": (node.cpu_capacity_millicores / 1000).to_string(),
                "memory": format!("{}Mi", node.memory_capacity_mib),
            },
            "conditions": [{"type": "Ready", "status": if node.ready { "True" } else { "False" }}],
        },
    })
}

/// An event.
pub(super) fn event(event: &EventView, context: &Context<'_>) -> Value {
    let last = created(context, context.world.now().since(event.at));
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "count": event.count,
        "involvedObject": {"name": event.object},
        "lastTimestamp": last,
        "message": event.message,
        "reason": event.reason,
        "type": event.kind.as_str(),
    })
}

/// One object that was asked for by name, or a list.
fn whole(values: &[Value], single: bool) -> Value {
    match values {
        [one] if single => one.clone(),
        several => json!({"apiVersion": "v1", "items": several, "kind": "List"}),
    }
}

/// As indented JSON.
pub(super) fn json(values: &[Value], single: bool) -> String {
    format!("{:#}\n", whole(values, single))
}

/// As YAML.
pub(super) fn documents(values: &[Value], single: bool) -> String {
    let mut out = String::new();
    write(&whole(values, single), 0, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                out.push_str(&format!("{pad}{key}:"));
                nested(inner, indent, out);
            }
        }
        Value::Array(list) => {
            for item in list {
                let mut text = String::new();
                write(item, indent + 2, &mut text);
                out.push_str(&format!("{pad}- {}", text.trim_start()));
            }
        }
        scalar => out.push_str(&format!("{pad}{}\n", plain(scalar))),
    }
}

fn nested(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str(" {}\n"),
        Value::Array(list) if list.is_empty() => out.push_str(" []\n"),
        Value::Object(_) => {
            out.push('\n');
            write(value, indent + 2, out);
        }
        Value::Array(_) => {
            out.push('\n');
            write(value, indent, out);
        }
        scalar => out.push_str(&format!(" {}\n", plain(scalar))),
    }
}

/// A scalar, in quotes when YAML would read it as something else.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let ambiguous = text.is_empty()
                || text.parse::<f64>().is_ok()
                || matches!(
                    text.as_str(),
                    "True" | "False" | "true" | "false" | "null" | "yes" | "no" | "on" | "off"
                )
                || text.starts_with(['-', '*', '&', '!', '%', '@', '`', '{', '[', '#', '\'', '"'])
                || text.contains(": ")
                || text.contains(" #");
            if ambiguous { format!("{text:?}") } else { text.clone() }
        }
        other => other.to_string(),
    }
}
