//! Services, endpoints and namespaces: where traffic goes in the cluster, from the pods and the plan of addresses.

use super::objects::Kind;
use crate::console::Context;
use crate::console::text::age;
use crate::kernel::Span;
use crate::stack::PodView;
use serde_json::{Value, json};

/// One object of these kinds: name, cells of the plain table, cells of the wide one, and the object itself.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) cells: Vec<String>,
    pub(super) wide: Vec<String>,
    pub(super) value: Value,
}

/// A service: its name, cluster address, port and what it selects.
struct Service {
    name: String,
    address: String,
    port: u16,
    selector: String,
}

/// The cluster address of the web service.
const WEB_ADDRESS: &str = "10.43.0.80";
/// What the wide table says of a service that selects nothing.
const NONE: &str = "<none>";

/// The objects of a kind.
pub(super) fn rows(kind: Kind, context: &Context<'_>) -> Vec<Row> {
    match kind {
        Kind::Services => {
            services(context).into_iter().map(|service| service_row(service, context)).collect()
        }
        Kind::Endpoints => {
            services(context).into_iter().map(|service| endpoints_row(&service, context)).collect()
        }
        Kind::Namespaces => vec![namespace_row(context)],
        _ => Vec::new(),
    }
}

/// How old the cluster is, as its deployment is.
fn cluster_age(context: &Context<'_>) -> Span {
    context.world.deployments().first().map_or(Span::ZERO, |deployment| deployment.age)
}

fn services(context: &Context<'_>) -> Vec<Service> {
    let components = &context.scenario.components;
    let pods: Vec<PodView> = context.world.pods();
    let mut found = vec![Service {
        name: components.web.name.clone(),
        address: WEB_ADDRESS.to_owned(),
        port: 8080,
        selector: pods.first().map_or(NONE.to_owned(), |pod| format!("app={}", pod.deployment)),
    }];
    for view in context.world.addresses() {
        if view.name == components.pooler.name || view.name == components.cache.name {
            let port = view.ports.first().copied().unwrap_or(0);
            let address = view.address.to_string();
            found.push(Service { name: view.name, address, port, selector: NONE.to_owned() });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn service_row(service: Service, context: &Context<'_>) -> Row {
    let Service { name, address, port, selector } = service;
    Row {
        cells: vec![
            name.clone(),
            "ClusterIP".into(),
            address.clone(),
            NONE.into(),
            format!("{port}/TCP"),
            age(cluster_age(context)),
        ],
        wide: vec![selector.clone()],
        value: json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": context.scenario.components.web.namespace},
            "spec": {
                "clusterIP": address,
                "ports": [{"port": port, "protocol": "TCP"}],
                "selector": selector.split_once('=').map(|(label, value)| json!({label: value})),
                "type": "ClusterIP",
            },
        }),
        name,
    }
}

/// Addresses behind a service: the pods that are ready, in the order of their names.
pub(super) fn ready_addresses(name: &str, context: &Context<'_>) -> Vec<String> {
    let mut pods: Vec<PodView> = context.world.pods();
    pods.retain(|pod| pod.ready && pod.deployment == name);
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    pods.iter().map(|pod| format!("{}:8080", pod.ip)).collect()
}

fn endpoints_row(service: &Service, context: &Context<'_>) -> Row {
    let addresses = if service.selector == NONE {
        vec![format!("{}:{}", service.address, service.port)]
    } else {
        ready_addresses(&service.name, context)
    };
    // kubectl shows three and counts the rest.
    let shown = match addresses.as_slice() {
        [] => NONE.to_owned(),
        few if few.len() <= 3 => few.join(","),
        [a, b, c, rest @ ..] => format!("{a},{b},{c} + {} more...", rest.len()),
        _ => String::new(),
    };
    let list: Vec<Value> =
        addresses.iter().map(|address| json!({"ip": address.split(':').next().unwrap_or("")})).collect();
    Row {
        name: service.name.clone(),
        cells: vec![service.name.clone(), shown, age(cluster_age(context))],
        wide: Vec::new(),
        value: json!({
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": service.name, "namespace": context.scenario.components.web.namespace},
            "subsets": [{"addresses": list, "ports": [{"port": service.port, "protocol": "TCP"}]}],
        }),
    }
}

fn namespace_row(context: &Context<'_>) -> Row {
    let name = context.scenario.components.web.namespace.clone();
    Row {
        cells: vec![name.clone(), "Active".into(), age(cluster_age(context))],
        wide: Vec::new(),
        value: json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "status": {"phase": "Active"}}),
        name,
    }
}
