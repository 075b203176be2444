//! Names and addresses: who is where in the company's network, and what listens there. DNS, the port checks of `nc` and
//! the sessions' client addresses all tell of this one plan.

use std::net::Ipv4Addr;

use super::cluster::POD_PORT;
use super::view::{AddressView, PodPhase};
use super::world::World;

/// The host that on-call people log in to.
pub const BASTION: Ipv4Addr = Ipv4Addr::new(10, 0, 4, 17);
/// The load balancer.
const BALANCER: Ipv4Addr = Ipv4Addr::new(10, 42, 0, 10);
/// The pooler.
pub(super) const POOLER: Ipv4Addr = Ipv4Addr::new(10, 42, 0, 20);
/// What it listens at.
pub(super) const POOLER_PORT: u16 = 6432;
/// The product cache.
const CACHE: Ipv4Addr = Ipv4Addr::new(10, 42, 0, 25);
/// What it listens at.
pub(super) const CACHE_PORT: u16 = 6379;
/// The release train's runner.
pub(super) const TRAIN: Ipv4Addr = Ipv4Addr::new(10, 42, 0, 31);
/// The metrics server.
const PROMETHEUS: Ipv4Addr = Ipv4Addr::new(10, 42, 0, 40);
/// Last byte of the primary's address; replicas follow.
const FIRST_DATABASE: u8 = 19;
/// Last byte of the first external service's address, in the range that RFC 5737 keeps for examples.
const FIRST_EXTERNAL: u8 = 10;
/// Names under which the shop is reached, beside the load balancer's own.
pub(super) const SHOP_NAMES: [&str; 4] = ["shop", "www.shop.example", "shop.example", "www.shop.internal"];

/// The address of the database server at a place, the primary's being the first.
pub(super) fn database(place: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 4, FIRST_DATABASE.saturating_add(place as u8))
}

impl World {
    /// Every name that resolves, with its address and the ports that are listened on there.
    pub fn addresses(&self) -> Vec<AddressView> {
        let view = |name: &str, address: Ipv4Addr, ports: &[u16]| AddressView {
            name: name.to_owned(),
            address,
            ports: ports.to_vec(),
        };
        let names = &self.names;
        let mut found = vec![view("bastion", BASTION, &[22]), view(&names.balancer, BALANCER, &[80, 443])];
        found.extend(SHOP_NAMES.iter().map(|name| view(name, BALANCER, &[80, 443])));
        found.push(view(&names.pooler, POOLER, &[POOLER_PORT]));
        found.push(view(&names.cache, CACHE, &[CACHE_PORT]));
        found.push(view("prometheus", PROMETHEUS, &[9090]));
        let databases = names.databases.iter().enumerate();
        found.extend(databases.map(|(place, name)| view(name, database(place), &[22, 5432])));
        for (place, node) in self.cluster.nodes.iter().enumerate() {
            // A node's name tells its address: `ip-10-0-48-106.ec2.internal`.
            let dashed = node.strip_prefix("ip-").and_then(|rest| rest.split('.').next());
            let address = dashed.and_then(|dashed| dashed.replace('-', ".").parse().ok());
            found.push(view(node, address.unwrap_or(Ipv4Addr::new(10, 42, place as u8 + 1, 1)), &[10250]));
        }
        let externals = self.blueprint.externals.iter().enumerate();
        found.extend(externals.map(|(place, plan)| {
            view(&plan.name, Ipv4Addr::new(203, 0, 113, FIRST_EXTERNAL.saturating_add(place as u8)), &[443])
        }));
        for pod in self.pods.iter().filter(|pod| pod.exists && pod.phase != PodPhase::Pending) {
            if let Ok(address) = pod.ip.parse() {
                let listens = pod.phase == PodPhase::Running;
                found.push(view(&pod.name, address, if listens { &[POD_PORT] } else { &[] }));
            }
        }
        found
    }
}
