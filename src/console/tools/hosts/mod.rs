//! The machines of the database servers, reached with `ssh`: what an engineer's own tools show there.
//!
//! Every figure is the model's: processor and disk time, sessions, memory as the buffer cache holds it. A column that the
//! model knows nothing of (interrupts, context switches, packet counts) shows a dash rather than a plausible number.

mod disks;
mod load;
mod machine;
mod memory;
mod processes;
mod ps;
mod refused;
mod sampling;
mod sar;
mod server_log;
mod sockets;
mod ssh;

pub(crate) use memory::human;
pub(crate) use sampling::Sampling;

use super::super::Context;
use super::super::shell::session::Session;
use super::super::table::{Call, Outcome, Output, Tool};
use crate::postgres::server::Server;
use crate::scenario::components::Database;
use crate::stack::Which;

/// The tools' rows.
pub(crate) const TOOLS: &[&Tool] = &[
    &ssh::TOOL,
    &ssh::EXIT,
    &load::UPTIME,
    &processes::TOP,
    &ps::TOOL,
    &ps::PGREP,
    &processes::PIDSTAT,
    &load::VMSTAT,
    &machine::MPSTAT,
    &disks::IOSTAT,
    &sar::TOOL,
    &memory::FREE,
    &memory::DF,
    &sockets::TOOL,
    &server_log::JOURNALCTL,
    &server_log::DMESG,
    &machine::SYSTEMCTL,
    &machine::NPROC,
    &machine::LSCPU,
    &machine::UNAME,
    &machine::WHO,
    &refused::LSOF,
    &refused::TCPDUMP,
    &refused::STRACE,
    &refused::PERF,
    &refused::GDB,
    &refused::IOTOP,
    &refused::IFTOP,
    &refused::ETHTOOL,
    &refused::SYSCTL,
];

/// One machine with a database server.
#[derive(Clone, Copy)]
pub(crate) struct Host<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    pub(super) server: &'a Server,
    pub(super) sizes: &'a Database,
}

/// The machine of this name.
pub(super) fn find<'a>(context: &'a Context<'_>, name: &str) -> Option<Host<'a>> {
    let sizes = context.scenario.components.databases.iter().find(|database| database.name == name)?;
    let which = [Which::Primary, Which::Replica];
    let which = which.into_iter().find(|which| context.world.database_name(*which) == name)?;
    Some(Host { name: &sizes.name, server: context.world.database(which), sizes })
}

/// Names of all machines.
pub(super) fn names(context: &Context<'_>) -> Vec<String> {
    context.scenario.components.databases.iter().map(|database| database.name.clone()).collect()
}

/// Runs a tool on the machine that the shell is logged in to; elsewhere says where to go.
fn here(
    call: &Call<'_>,
    session: &Session,
    context: &Context<'_>,
    run: impl FnOnce(Host<'_>) -> Result<Outcome, Output>,
) -> Outcome {
    let host = session.host.as_deref().and_then(|name| find(context, name));
    let Some(host) = host else {
        let first = names(context).into_iter().next().unwrap_or_default();
        let name = call.name;
        return Output::failure(format!(
            "{name}: this is the bastion, which runs nothing but shells. For a database server: ssh {first} {name}; for \
             pods: kubectl top pods"
        ))
        .into();
    };
    match run(host) {
        Ok(outcome) => outcome,
        Err(output) => output.into(),
    }
}
