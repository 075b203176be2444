//! `kubectl top`: CPU and memory over the last minute.

use super::objects::{Kind, labelled, not_found};
use crate::console::Context;
use crate::console::shell::options::Parsed;
use crate::console::table::Output;
use crate::console::text::{row, table};

/// Runs `kubectl top …`.
pub(super) fn run(operands: &[String], parsed: &Parsed, context: &Context<'_>) -> Output {
    match operands.first().map(|kind| Kind::parse(kind)) {
        Some(Some(Kind::Pods)) => pods(operands.get(1).map(String::as_str), parsed, context),
        Some(Some(Kind::Nodes)) => nodes(operands.get(1).map(String::as_str), parsed, context),
        _ => Output::failure("error: kubectl top what? pods or nodes"),
    }
}

fn pods(name: Option<&str>, parsed: &Parsed, context: &Context<'_>) -> Output {
    let mut pods = context.world.pods();
    pods.retain(|pod| {
        name.is_none_or(|name| pod.name == name)
            && parsed.value('l').is_none_or(|selector| labelled(&pod.deployment, selector))
    });
    if let (Some(name), true) = (name, pods.is_empty()) {
        return not_found(Kind::Pods, name);
    }
    match parsed.value('S') {
        Some("cpu") => pods.sort_by_key(|pod| std::cmp::Reverse(pod.cpu_millicores)),
        Some("memory") => pods.sort_by_key(|pod| std::cmp::Reverse(pod.memory_mib)),
        _ => pods.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    let containers = parsed.has('k');
    let mut rows = Vec::new();
    if !parsed.has('N') {
        rows.push(if containers {
            row(["POD", "NAME", "CPU(cores)", "MEMORY(bytes)"])
        } else {
            row(["NAME", "CPU(cores)", "MEMORY(bytes)"])
        });
    }
    for pod in &pods {
        let mut cells = vec![pod.name.clone()];
        if containers {
            cells.push(pod.deployment.clone());
        }
        cells.extend([format!("{}m", pod.cpu_millicores), format!("{}Mi", pod.memory_mib)]);
        rows.push(cells);
    }
    Output::text(table(&rows))
}

fn nodes(name: Option<&str>, parsed: &Parsed, context: &Context<'_>) -> Output {
    let mut nodes = context.world.nodes();
    nodes.retain(|node| name.is_none_or(|name| node.name == name));
    if let (Some(name), true) = (name, nodes.is_empty()) {
        return not_found(Kind::Nodes, name);
    }
    match parsed.value('S') {
        Some("cpu") => nodes.sort_by_key(|node| std::cmp::Reverse(node.cpu_millicores)),
        Some("memory") => nodes.sort_by_key(|node| std::cmp::Reverse(node.memory_mib)),
        _ => {}
    }
    let share = |used: u32, of: u32| format!("{}%", u64::from(used) * 100 / u64::from(of.max(1)));
    let mut rows = vec![row(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"])];
    for node in &nodes {
        rows.push(vec![
            node.name.clone(),
            format!("{}m", node.cpu_millicores),
            share(node.cpu_millicores, node.cpu_capacity_millicores),
            format!("{}Mi", node.memory_mib),
            share(node.memory_mib, node.memory_capacity_mib),
        ]);
    }
    Output::text(table(&rows))
}
