//! `kubectl get` and `kubectl events`: tables with kubectl's columns.

use super::objects::{Kind, ReplicaSet, labelled, not_found, replica_sets, targets};
use super::{jsonpath, yaml};
use crate::console::Context;
use crate::console::shell::options::Parsed;
use crate::console::table::Output;
use crate::console::text::{age, table};
use crate::stack::{DeploymentView, EventView, KubeNodeView, PodPhase, PodView};

/// Restarts older than this show no age.
const NONE: &str = "<none>";

/// Runs `kubectl get …`.
pub(super) fn run(operands: &[String], parsed: &Parsed, context: &Context<'_>) -> Output {
    let wanted = match targets(operands) {
        Ok(wanted) => wanted,
        Err(output) => return output,
    };
    let several =
        wanted.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().windows(2).any(|pair| pair[0] != pair[1]);
    let mut output = Output::default();
    let mut rest = wanted.as_slice();
    let mut first = true;
    while let Some((kind, _)) = rest.first() {
        let same = rest.iter().take_while(|(other, _)| other == kind).count();
        let names: Vec<&str> = rest[..same].iter().filter_map(|(_, name)| name.as_deref()).collect();
        if several && !first && matches!(parsed.value('o'), None | Some("wide")) {
            output.out("\n");
        }
        output.append(kind_of(*kind, &names, parsed, context, several));
        rest = &rest[same..];
        first = false;
    }
    output
}

fn kind_of(kind: Kind, names: &[&str], parsed: &Parsed, context: &Context<'_>, prefixed: bool) -> Output {
    let mut rows = objects(kind, parsed, context);
    let mut missing = Output::default();
    if !names.is_empty() {
        for name in names {
            if !rows.iter().any(|object| object.name == *name) {
                missing.append(not_found(kind, name));
            }
        }
        rows.retain(|object| names.contains(&object.name.as_str()));
    }
    if rows.is_empty() {
        let nothing =
            format!("No resources found in {} namespace.\n", context.scenario.components.web.namespace);
        return if missing.parts.is_empty() {
            let mut output = Output::default();
            output.err(nothing);
            output
        } else {
            missing
        };
    }
    sort(&mut rows, parsed.value('S'));
    let mut output = match parsed.value('o') {
        Some("name") => Output::text(
            rows.iter().map(|object| format!("{}/{}\n", kind.singular(), object.name)).collect::<String>(),
        ),
        Some("yaml") => Output::text(yaml::documents(
            &rows.iter().map(|object| object.value.clone()).collect::<Vec<_>>(),
            names.len() == 1,
        )),
        Some("json") => Output::text(yaml::json(
            &rows.iter().map(|object| object.value.clone()).collect::<Vec<_>>(),
            names.len() == 1,
        )),
        None | Some("wide") => {
            Output::text(listed(kind, &rows, parsed, prefixed, &context.scenario.components.web.namespace))
        }
        Some(format) if format.starts_with("jsonpath=") => {
            let values: Vec<serde_json::Value> = rows.iter().map(|object| object.value.clone()).collect();
            // One object that was asked for by name stands alone; else it is a list, of one too.
            let root =
                if names.len() == 1 { values[0].clone() } else { serde_json::json!({"items": values}) };
            match jsonpath::print(&format["jsonpath=".len()..], &root) {
                Ok(text) => Output::text(text),
                Err(message) => return Output::failure(message),
            }
        }
        Some(format) if format.starts_with("custom-columns=") => {
            match custom(&format["custom-columns=".len()..], &rows, parsed.has('N')) {
                Ok(text) => Output::text(text),
                Err(message) => return Output::failure(message),
            }
        }
        Some(other) => {
            return Output::failure(format!(
                "error: unable to match a printer suitable for the output format \"{other}\", allowed formats are: custom-columns,json,jsonpath,name,wide,yaml"
            ));
        }
    };
    if !missing.parts.is_empty() {
        output.append(missing);
    }
    output
}

/// The table of a kind.
fn listed(kind: Kind, rows: &[Object], parsed: &Parsed, prefixed: bool, namespace: &str) -> String {
    let wide = parsed.value('o') == Some("wide");
    let labels = parsed.has('W');
    let namespaced = parsed.has('A') && !matches!(kind, Kind::Nodes | Kind::Namespaces);
    let columns_of: Vec<&str> = parsed.values('L').flat_map(|text| text.split(',')).collect();
    let cells = |all: &[String], more: &[String], label: &str| {
        let mut cells = all.to_vec();
        if wide {
            cells.extend(more.iter().cloned());
        }
        if labels {
            cells.push(label.to_owned());
        }
        cells
    };
    let (plain, wide_columns) = columns(kind);
    let mut lines = Vec::new();
    if !parsed.has('N') {
        let mut heading = cells(&owned(plain), &owned(wide_columns), "LABELS");
        heading.extend(columns_of.iter().map(|label| label.to_uppercase()));
        if namespaced {
            heading.insert(0, "NAMESPACE".to_owned());
        }
        lines.push(heading);
    }
    for object in rows {
        let mut line = cells(&object.cells, &object.wide, &label_text(&object.value));
        if prefixed {
            line[0] = format!("{}/{}", kind.singular(), line[0]);
        }
        for label in &columns_of {
            let value = object.value.pointer(&format!("/metadata/labels/{label}"));
            line.push(value.and_then(serde_json::Value::as_str).unwrap_or("").to_owned());
        }
        if namespaced {
            line.insert(0, namespace.to_owned());
        }
        lines.push(line);
    }
    table(&lines)
}

fn label_text(value: &serde_json::Value) -> String {
    let labels = value.pointer("/metadata/labels").and_then(serde_json::Value::as_object);
    let pairs =
        labels.into_iter().flatten().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("")));
    let text = pairs.collect::<Vec<_>>().join(",");
    if text.is_empty() { NONE.to_owned() } else { text }
}

/// `-o custom-columns=NAME:.metadata.name,…`
fn custom(spec: &str, rows: &[Object], bare: bool) -> Result<String, String> {
    let mut columns = Vec::new();
    for column in spec.split(',') {
        let (name, path) = column.split_once(':').ok_or_else(|| {
            format!("error: unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>")
        })?;
        columns.push((name.to_owned(), path));
    }
    let mut lines: Vec<Vec<String>> = Vec::new();
    if !bare {
        lines.push(columns.iter().map(|(name, _)| name.clone()).collect());
    }
    for object in rows {
        let cells: Result<Vec<String>, String> =
            columns.iter().map(|(_, path)| jsonpath::column(path, &object.value)).collect();
        lines.push(cells?);
    }
    Ok(table(&lines))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// An object with its cells.
pub(super) struct Object {
    pub(super) name: String,
    cells: Vec<String>,
    wide: Vec<String>,
    pub(super) value: serde_json::Value,
}

fn columns(kind: Kind) -> (&'static [&'static str], &'static [&'static str]) {
    match kind {
        Kind::Pods => (
            &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
            &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
        ),
        Kind::Deployments => {
            (&["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"], &["CONTAINERS", "IMAGES", "SELECTOR"])
        }
        Kind::ReplicaSets => {
            (&["NAME", "DESIRED", "CURRENT", "READY", "AGE"], &["CONTAINERS", "IMAGES", "SELECTOR"])
        }
        Kind::Nodes => (&["NAME", "STATUS", "ROLES", "AGE", "VERSION"], &["CPU", "MEMORY"]),
        Kind::Events => (&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], &["COUNT"]),
        Kind::Services => (&["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"], &["SELECTOR"]),
        Kind::Endpoints => (&["NAME", "ENDPOINTS", "AGE"], &[]),
        Kind::Namespaces => (&["NAME", "STATUS", "AGE"], &[]),
    }
}

fn objects(kind: Kind, parsed: &Parsed, context: &Context<'_>) -> Vec<Object> {
    let selected = |deployment: &str| parsed.value('l').is_none_or(|selector| labelled(deployment, selector));
    match kind {
        Kind::Pods => {
            let mut pods = context.world.pods();
            pods.retain(|pod| selected(&pod.deployment) && field_selected(pod, parsed.value('F')));
            pods.sort_by(|a, b| a.name.cmp(&b.name));
            pods.iter().map(|pod| self::pod(pod, context)).collect()
        }
        Kind::Deployments => {
            let all = context.world.deployments();
            all.iter().filter(|d| selected(&d.name)).map(|d| deployment(d, context)).collect()
        }
        Kind::ReplicaSets => {
            let all = replica_sets(context);
            all.iter().filter(|set| selected(&set.deployment)).map(|set| replica_set(set, context)).collect()
        }
        Kind::Nodes => context.world.nodes().iter().map(node).collect(),
        Kind::Events => {
            let events = context.world.kube_events();
            events
                .iter()
                .filter(|event| event_wanted(event, parsed))
                .map(|event| self::event(event, context))
                .collect()
        }
        Kind::Services | Kind::Endpoints | Kind::Namespaces => super::services::rows(kind, context)
            .into_iter()
            .map(|row| Object { name: row.name, cells: row.cells, wide: row.wide, value: row.value })
            .collect(),
    }
}

fn field_selected(pod: &PodView, selector: Option<&str>) -> bool {
    let Some((field, value)) = selector.and_then(|selector| selector.split_once('=')) else { return true };
    let negated = field.ends_with('!');
    let actual = match field.trim_end_matches('!') {
        "status.phase" => pod.phase.as_str(),
        "spec.nodeName" => &pod.node,
        "metadata.name" => &pod.name,
        _ => return true,
    };
    (actual == value.trim_start_matches('=')) != negated
}

/// `1/1` or `0/1`.
pub(super) fn ready(pod: &PodView) -> &'static str {
    if pod.ready { "1/1" } else { "0/1" }
}

fn pod(pod: &PodView, context: &Context<'_>) -> Object {
    let restarts = match (pod.restarts, pod.started_at) {
        (0, _) => "0".to_owned(),
        (count, Some(at)) => format!("{count} ({} ago)", age(context.world.now().since(at))),
        (count, None) => count.to_string(),
    };
    let ip = if pod.phase == PodPhase::Pending { NONE.to_owned() } else { pod.ip.clone() };
    Object {
        name: pod.name.clone(),
        cells: vec![pod.name.clone(), ready(pod).into(), pod.phase.as_str().into(), restarts, age(pod.age)],
        wide: vec![ip, pod.node.clone(), NONE.into(), NONE.into()],
        value: yaml::pod(pod, context),
    }
}

fn deployment(deployment: &DeploymentView, context: &Context<'_>) -> Object {
    let d = deployment;
    Object {
        name: d.name.clone(),
        cells: vec![
            d.name.clone(),
            format!("{}/{}", d.ready, d.desired),
            d.up_to_date.to_string(),
            d.ready.to_string(),
            age(d.age),
        ],
        wide: vec![d.name.clone(), d.image.clone(), d.selector.clone()],
        value: yaml::deployment(d, context),
    }
}

fn replica_set(set: &ReplicaSet, context: &Context<'_>) -> Object {
    Object {
        name: set.name.clone(),
        cells: vec![
            set.name.clone(),
            set.desired.to_string(),
            set.current.to_string(),
            set.ready.to_string(),
            age(set.age),
        ],
        wide: vec![
            set.deployment.clone(),
            set.image.clone(),
            format!("app={},pod-template-hash={}", set.deployment, set.hash),
        ],
        value: yaml::replica_set(set, context),
    }
}

/// The STATUS column of a node.
pub(super) fn status_of(node: &KubeNodeView) -> &'static str {
    match (node.ready, node.unschedulable) {
        (true, false) => "Ready",
        (true, true) => "Ready,SchedulingDisabled",
        (false, false) => "NotReady",
        (false, true) => "NotReady,SchedulingDisabled",
    }
}

fn node(node: &KubeNodeView) -> Object {
    Object {
        name: node.name.clone(),
        cells: vec![node.name.clone(), status_of(node).into(), NONE.into(), age(node.age), "v1.33.1".into()],
        wide: vec![
            (node.cpu_capacity_millicores / 1000).to_string(),
            format!("{}Mi", node.memory_capacity_mib),
        ],
        value: yaml::node(node),
    }
}

fn event(event: &EventView, context: &Context<'_>) -> Object {
    Object {
        name: event.object.clone(),
        cells: vec![
            age(context.world.now().since(event.at)),
            event.kind.as_str().into(),
            event.reason.into(),
            event.object.clone(),
            event.message.clone(),
        ],
        wide: vec![event.count.to_string()],
        value: yaml::event(event, context),
    }
}

/// Sorts by a JSON path such as `.metadata.name` or `.status.containerStatuses[0].restartCount`.
fn sort(rows: &mut [Object], path: Option<&str>) {
    let Some(path) = path else { return };
    let pointer: String = path
        .trim_matches(['{', '}', '\''])
        .replace(['[', ']'], ".")
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| format!("/{part}"))
        .collect();
    let key = |object: &Object| match object.value.pointer(&pointer) {
        Some(serde_json::Value::Number(number)) => (number.as_f64().unwrap_or(0.0), String::new()),
        Some(value) => (0.0, value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        None => (0.0, String::new()),
    };
    rows.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    });
}

/// Whether an event passes `--field-selector`, `--types` and `--for`.
fn event_wanted(event: &EventView, parsed: &Parsed) -> bool {
    let object = event.object.rsplit('/').next().unwrap_or("");
    let one = |test: &str| {
        let Some((field, value)) = test.split_once('=') else { return true };
        let (field, negated) = (field.trim_end_matches('!'), field.ends_with('!'));
        let value = value.trim_start_matches('=');
        let same = match field {
            "type" => event.kind.as_str() == value,
            "reason" => event.reason == value,
            "involvedObject.name" => object == value,
            "involvedObject.kind" => {
                event.object.split('/').next().is_some_and(|kind| kind.eq_ignore_ascii_case(value))
            }
            _ => return true,
        };
        same != negated
    };
    parsed.value('F').is_none_or(|selector| selector.split(',').all(one))
        && parsed
            .value('y')
            .is_none_or(|types| types.split(',').any(|kind| kind.eq_ignore_ascii_case(event.kind.as_str())))
        && parsed.value('H').is_none_or(|wanted| wanted.rsplit('/').next() == Some(object))
}

/// Runs `kubectl events`.
pub(super) fn events(parsed: &Parsed, context: &Context<'_>) -> Output {
    let mut lines = vec![owned(&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"])];
    let events = context.world.kube_events();
    lines.extend(
        events
            .iter()
            .filter(|event| event_wanted(event, parsed))
            .map(|event| self::event(event, context).cells),
    );
    if lines.len() == 1 {
        let namespace = &context.scenario.components.web.namespace;
        return Output::text(format!("No events found in {namespace} namespace.\n"));
    }
    Output::text(table(&lines))
}
