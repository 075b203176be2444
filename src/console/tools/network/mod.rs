//! Looking at the network from the bastion: names, ports, certificates. Names and what listens are the stack's own plan of
//! addresses; the network itself carries TCP and nothing else, as security groups have it.

mod certificate;
mod dig;
mod names;
mod ping;
mod ports;
mod routes;

pub(crate) use ping::Pinging;

use crate::console::Context;
use crate::console::table::{Asking, Candidate, Tool};
use crate::stack::AddressView;
use std::net::Ipv4Addr;

/// The tools' rows.
pub(crate) const TOOLS: &[&Tool] = &[
    &dig::TOOL,
    &names::HOST,
    &names::NSLOOKUP,
    &names::GETENT,
    &ping::TOOL,
    &ports::NC,
    &ports::TELNET,
    &routes::TRACEROUTE,
    &routes::IP,
    &certificate::OPENSSL,
];

/// The name server that answers here, as resolv.conf names it.
const RESOLVER: &str = "10.43.0.10";
/// The domain that bare names are looked up in.
const DOMAIN: &str = "internal";

/// Who has a name, with or without the company's domain; or an address.
fn find(context: &Context<'_>, name: &str) -> Option<AddressView> {
    let name = name.trim_end_matches('.');
    let bare = name.strip_suffix(DOMAIN).and_then(|bare| bare.strip_suffix('.')).unwrap_or(name);
    let all = context.world.addresses();
    let address: Option<Ipv4Addr> = name.parse().ok();
    let found = match address {
        Some(address) => all.iter().find(|view| view.address == address),
        None => {
            all.iter().find(|view| view.name == name).or_else(|| all.iter().find(|view| view.name == bare))
        }
    };
    found.cloned()
}

/// Proposes names that resolve.
fn hosts(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let all = asking.context.world.addresses();
    all.into_iter().map(|view| (view.name, view.address.to_string())).collect()
}

/// What `/etc/services` calls a port.
fn service(port: u16) -> &'static str {
    match port {
        22 => "ssh",
        53 => "domain",
        80 => "http",
        443 => "https",
        5432 => "postgresql",
        6379 => "redis",
        6432 => "pgbouncer",
        8080 => "http-alt",
        9090 => "prometheus",
        10250 => "kubelet",
        _ => "*",
    }
}
