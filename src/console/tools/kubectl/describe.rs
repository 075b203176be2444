//! `kubectl describe`.

use super::objects::{Kind, labelled, not_found, targets};
use crate::console::Context;
use crate::console::shell::options::Parsed;
use crate::console::table::Output;
use crate::console::text::{age, row, table_with};
use crate::stack::{DeploymentView, EventView, KubeNodeView, PodPhase, PodView};

/// Blanks between a description's columns.
const GAP: usize = 2;

/// Runs `kubectl describe …`.
pub(super) fn run(operands: &[String], parsed: &Parsed, context: &Context<'_>) -> Output {
    let wanted = match targets(operands) {
        Ok(wanted) => wanted,
        Err(output) => return output,
    };
    let mut texts = Vec::new();
    let mut errors = Output::default();
    for (kind, name) in wanted {
        let found = describe(kind, name.as_deref(), parsed.value('l'), context);
        if found.is_empty() {
            errors.append(not_found(kind, name.as_deref().unwrap_or("")));
        }
        texts.extend(found);
    }
    let mut output = Output::text(texts.join("\n\n"));
    if !errors.parts.is_empty() {
        output.append(errors);
    }
    output
}

fn describe(kind: Kind, name: Option<&str>, selector: Option<&str>, context: &Context<'_>) -> Vec<String> {
    // A beginning of a name is enough, as in kubectl.
    let named = |found: &str| name.is_none_or(|name| found.starts_with(name));
    let selected = |deployment: &str| selector.is_none_or(|selector| labelled(deployment, selector));
    match kind {
        Kind::Pods => {
            let pods = context.world.pods();
            pods.iter()
                .filter(|p| named(&p.name) && selected(&p.deployment))
                .map(|p| pod(p, context))
                .collect()
        }
        Kind::Deployments => {
            let all = context.world.deployments();
            all.iter()
                .filter(|d| named(&d.name) && selected(&d.name))
                .map(|d| deployment(d, context))
                .collect()
        }
        Kind::Nodes => context.world.nodes().iter().filter(|n| named(&n.name)).map(node).collect(),
        Kind::ReplicaSets => {
            let all = super::objects::replica_sets(context);
            all.iter()
                .filter(|set| named(&set.name) && selected(&set.deployment))
                .map(|set| replica_set(set, context))
                .collect()
        }
        Kind::Services => super::services::rows(kind, context)
            .into_iter()
            .filter(|row| named(&row.name))
            .map(|row| service(&row.name, &row.value, context))
            .collect(),
        Kind::Endpoints | Kind::Namespaces => super::services::rows(kind, context)
            .into_iter()
            .filter(|row| named(&row.name))
            .map(|row| super::yaml::documents(&[row.value], true))
            .collect(),
        Kind::Events => Vec::new(),
    }
}

fn pod(pod: &PodView, context: &Context<'_>) -> String {
    let status = if pod.phase == PodPhase::Terminating { "Terminating" } else { pod.phase.as_str() };
    let truth = |value: bool| if value { "True" } else { "False" };
    let mut rows = vec![
        row(["Name:", &pod.name]),
        row(["Namespace:", &context.scenario.components.web.namespace]),
        row(["Node:", &pod.node]),
        row(["Labels:", &format!("app={}", pod.deployment)]),
        row(["", &format!("pod-template-hash={}", pod.template_hash)]),
        row(["Age:", &age(pod.age)]),
        row(["Status:", status]),
        row(["IP:", &pod.ip]),
        row(["Controlled By:", &format!("ReplicaSet/{}-{}", pod.deployment, pod.template_hash)]),
    ];
    let mut out = table_with(&rows, GAP);
    rows.clear();
    out.push_str(&format!("Containers:\n  {}:\n", pod.deployment));
    let probe = &context.scenario.components.web.readiness;
    rows.extend([
        row(["    Image:", &pod.image]),
        row(["    State:", if pod.phase == PodPhase::Running { "Running" } else { "Waiting" }]),
        row(["    Ready:", truth(pod.ready)]),
        row(["    Restart Count:", &pod.restarts.to_string()]),
        row(["    Limits:", ""]),
        row(["      cpu:", &format!("{}m", pod.cpu_limit_millicores)]),
        row(["      memory:", &format!("{}Mi", pod.memory_limit_mib)]),
        row([
            "    Readiness:",
            &format!(
                "http-get {} delay=0s timeout={}s period={}s #success={} #failure={}",
                probe.path,
                probe.timeout.as_secs(),
                probe.period.as_secs(),
                probe.successes,
                probe.failures
            ),
        ]),
    ]);
    out.push_str(&table_with(&rows, GAP));
    out.push_str("    Environment:\n");
    let env: Vec<Vec<String>> =
        pod.env.iter().map(|(name, value)| row([&format!("      {name}:"), value])).collect();
    out.push_str(&table_with(&env, GAP));
    out.push_str(&format!("Conditions:\n  Type   Status\n  Ready  {}\n", truth(pod.ready)));
    out.push_str(&events(context, &format!("pod/{}", pod.name)));
    out
}

fn deployment(d: &DeploymentView, context: &Context<'_>) -> String {
    let unavailable = d.desired.saturating_sub(d.ready);
    let rows = vec![
        row(["Name:", &d.name]),
        row(["Namespace:", &context.scenario.components.web.namespace]),
        row(["Age:", &age(d.age)]),
        row(["Annotations:", &format!("deployment.kubernetes.io/revision: {}", d.revision)]),
        row(["Selector:", &d.selector]),
        row([
            "Replicas:",
            &format!(
                "{} desired | {} updated | {} total | {} available | {unavailable} unavailable",
                d.desired, d.up_to_date, d.current, d.ready
            ),
        ]),
        row(["StrategyType:", "RollingUpdate"]),
        row(["RollingUpdateStrategy:", "25% max unavailable, 25% max surge"]),
    ];
    let mut out = table_with(&rows, GAP);
    out.push_str(&format!(
        "Pod Template:\n  Labels:  app={}\n  Containers:\n   {}:\n    Image:  {}\n",
        d.name, d.name, d.image
    ));
    out.push_str("    Environment:\n");
    let env: Vec<Vec<String>> =
        d.env.iter().map(|(name, value)| row([&format!("      {name}:"), value])).collect();
    out.push_str(&table_with(&env, GAP));
    let available = unavailable * 4 <= d.desired;
    out.push_str(&format!(
        "Conditions:\n  Type           Status  Reason\n  ----           ------  ------\n  Available      {}\n  Progressing    True    {}\n",
        if available { "True    MinimumReplicasAvailable" } else { "False   MinimumReplicasUnavailable" },
        if d.rolling_out { "ReplicaSetUpdated" } else { "NewReplicaSetAvailable" },
    ));
    out.push_str(&events(context, &format!("deployment/{}", d.name)));
    out
}

fn node(node: &KubeNodeView) -> String {
    let share = |used: u32, of: u32| u64::from(used) * 100 / u64::from(of.max(1));
    let rows = vec![
        row(["Name:", &node.name]),
        row(["Age:", &age(node.age)]),
        row(["Ready:", if node.ready { "True" } else { "False" }]),
        row([
            "Capacity:",
            &format!("cpu {}, memory {}Mi", node.cpu_capacity_millicores / 1000, node.memory_capacity_mib),
        ]),
        row([
            "In use:",
            &format!(
                "cpu {}m ({}%), memory {}Mi ({}%)",
                node.cpu_millicores,
                share(node.cpu_millicores, node.cpu_capacity_millicores),
                node.memory_mib,
                share(node.memory_mib, node.memory_capacity_mib)
            ),
        ]),
        row(["Pods:", &node.pods.join(", ")]),
    ];
    table_with(&rows, GAP)
}

fn replica_set(set: &super::objects::ReplicaSet, context: &Context<'_>) -> String {
    let rows = vec![
        row(["Name:", &set.name]),
        row(["Namespace:", &context.scenario.components.web.namespace]),
        row(["Labels:", &format!("app={},pod-template-hash={}", set.deployment, set.hash)]),
        row(["Controlled By:", &format!("Deployment/{}", set.deployment)]),
        row(["Replicas:", &format!("{} current / {} desired", set.current, set.desired)]),
        row(["Pods Status:", &format!("{} Ready", set.ready)]),
        row(["Image:", &set.image]),
        row(["Age:", &age(set.age)]),
    ];
    table_with(&rows, GAP)
}

fn service(name: &str, value: &serde_json::Value, context: &Context<'_>) -> String {
    let text = |pointer: &str| match value.pointer(pointer) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Null) | None => "<none>".to_owned(),
        Some(serde_json::Value::Object(map)) => {
            map.iter().map(|(label, value)| format!("{label}={}", value.as_str().unwrap_or(""))).collect()
        }
        Some(other) => other.to_string(),
    };
    let port = text("/spec/ports/0/port");
    let mut endpoints = super::services::ready_addresses(name, context);
    if endpoints.is_empty() && text("/spec/selector") == "<none>" {
        endpoints.push(format!("{}:{port}", text("/spec/clusterIP")));
    }
    let endpoints = if endpoints.is_empty() { "<none>".to_owned() } else { endpoints.join(",") };
    let rows = vec![
        row(["Name:", name]),
        row(["Namespace:", &context.scenario.components.web.namespace]),
        row(["Selector:", &text("/spec/selector")]),
        row(["Type:", &text("/spec/type")]),
        row(["IP:", &text("/spec/clusterIP")]),
        row(["Port:", &format!("<unset>  {port}/TCP")]),
        row(["Endpoints:", &endpoints]),
    ];
    table_with(&rows, GAP) + &events(context, &format!("service/{name}"))
}

/// The events of an object.
fn events(context: &Context<'_>, object: &str) -> String {
    let all = context.world.kube_events();
    let own: Vec<&EventView> = all.iter().filter(|event| event.object == object).collect();
    if own.is_empty() {
        return "Events:  <none>\n".into();
    }
    let mut rows =
        vec![row(["  Type", "Reason", "Age", "Message"]), row(["  ----", "------", "----", "-------"])];
    for event in own {
        let since = age(context.world.now().since(event.at));
        let since = if event.count > 1 { format!("{since} (x{})", event.count) } else { since };
        rows.push(row([&format!("  {}", event.kind.as_str()), event.reason, &since, &event.message]));
    }
    format!("Events:\n{}", table_with(&rows, GAP))
}
