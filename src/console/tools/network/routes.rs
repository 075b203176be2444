//! `traceroute` and `ip`: the way through a network that shows none of its insides.

use super::{find, hosts};
use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, words};
use crate::stack::BASTION;

/// `traceroute`'s row.
pub(crate) const TRACEROUTE: Tool = Tool {
    name: "traceroute",
    aliases: &["tracepath", "mtr"],
    group: Group::Observe,
    usage: "traceroute HOST\nmtr HOST",
    summary: "trace the way to a host, which needs rights that you don't have",
    manual: "Would print the routers on the way to HOST. It needs raw sockets, which the on-call role hasn't, and the company's network answers none of them: where a request \
             spends its time is told by traces, whether a port answers by nc -zv HOST PORT.",
    flags: &[],
    complete: hosts,
    run: Handler::Tool(traceroute),
};

/// `ip`'s row.
pub(crate) const IP: Tool = Tool {
    name: "ip",
    aliases: &["ifconfig"],
    group: Group::Observe,
    usage: "ip addr\nip route",
    summary: "tell this host's address",
    manual: "Tells the address of the host that this shell runs on, and its way out. Packet counts aren't part of the network's model.",
    flags: &[],
    complete: |_| words(&[("addr", "addresses"), ("route", "the way out")]),
    run: Handler::Tool(ip),
};

fn traceroute(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let name = call.name;
    let Some(host) = call.arguments.iter().find(|argument| !argument.starts_with('-')) else {
        return Output::failure(format!("usage: {name} HOST")).into();
    };
    if find(context, host).is_none() {
        return Output::failure_with(
            2,
            format!("{host}: Name or service not known\nCannot handle \"host\" cmdline arg `{host}'"),
        )
        .into();
    }
    Output::failure(format!(
        "{name}: socket: Operation not permitted\n(where a request spends its time: traces; whether a port answers: nc -zv {host} PORT)"
    ))
    .into()
}

fn ip(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let name = session.host.as_deref().unwrap_or("bastion");
    let address = find(context, name).map_or(BASTION, |found| found.address);
    let [a, b, c, _] = address.octets();
    let what =
        call.arguments.iter().find(|argument| !argument.starts_with('-')).map_or("addr", String::as_str);
    let addresses =
        format!("2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP>\n    inet {address}/24 scope global eth0\n");
    match what {
        _ if call.name == "ifconfig" => {
            Output::text(format!("eth0: inet {address}  netmask 255.255.255.0\n"))
        }
        "a" | "addr" | "address" => Output::text(addresses),
        "r" | "route" => Output::text(format!(
            "default via {a}.{b}.{c}.1 dev eth0\n{a}.{b}.{c}.0/24 dev eth0 scope link src {address}\n"
        )),
        other => Output::failure(format!("Object \"{other}\" is unknown here: ip addr, ip route")),
    }
    .into()
}
