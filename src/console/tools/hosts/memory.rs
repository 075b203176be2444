//! `free` and `df`: memory and the data volume.

use super::{Host, here};
use crate::console::Context;
use crate::console::filters::options;
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool, nothing};

/// `free`'s row.
pub(crate) const FREE: Tool = Tool {
    name: "free",
    aliases: &[],
    group: Group::Hosts,
    usage: "free [-b | -k | -m | -g | -h]",
    summary: "tell how a machine's memory is used",
    manual: "Tells the machine's memory, in kB or in the unit asked for. shared is PostgreSQL's shared buffers in use; buff/cache is what the kernel's cache holds \
             of the data files, and shared; used is what neither of them may have.",
    flags: FREE_FLAGS,
    complete: nothing,
    run: Handler::Tool(free),
};

/// `df`'s row.
pub(crate) const DF: Tool = Tool {
    name: "df",
    aliases: &["du"],
    group: Group::Hosts,
    usage: "df [-h]\ndu [-sh]",
    summary: "tell how much the data directory holds",
    manual: "Tells how much of the data volume the database's tables and indexes use. The volume grows by itself, so that there is no size to fill.",
    flags: &[],
    complete: nothing,
    run: Handler::Tool(df),
};

const FREE_FLAGS: &[Flag] = &[
    flag('b', "bytes", "", "in bytes"),
    flag('k', "kibi", "", "in kB (the default)"),
    flag('m', "mebi", "", "in MB"),
    flag('g', "gibi", "", "in GB"),
    flag('h', "human", "", "in the unit that reads best"),
    flag('w', "wide", "", "accepted"),
    flag('t', "total", "", "with a line of totals"),
    flag('s', "seconds", "N", "accepted"),
    flag('c', "count", "N", "accepted"),
];

/// Size of a page in KiB.
const PAGE_KIB: f64 = 8.0;
/// KiB in a GiB.
const GIB_KIB: f64 = 1024.0 * 1024.0;

/// How a machine's memory is used, in KiB.
pub(super) struct Memory {
    total: f64,
    shared: f64,
    cached: f64,
    used: f64,
}

impl Memory {
    pub(super) fn free_kib(&self) -> u64 {
        (self.total - self.used - self.cached - self.shared).max(0.0) as u64
    }

    pub(super) fn cache_kib(&self) -> u64 {
        (self.cached + self.shared) as u64
    }

    /// Memory, MiB: total, free, used, buff/cache, available.
    pub(super) fn line_mib(&self) -> [f64; 5] {
        let free = self.free_kib() as f64;
        let available = free + self.cached;
        [self.total, free, self.used, self.cache_kib() as f64, available].map(|kib| kib / 1024.0)
    }
}

/// A machine's memory: what PostgreSQL's buffers and the kernel's cache hold, and what neither may have.
pub(super) fn of(host: Host<'_>) -> Memory {
    let config = host.server.config();
    let buffers = host.server.buffers();
    let cached: f64 = buffers.residency().map(|relation| relation.cached).sum();
    let total = f64::from(host.sizes.memory_gib) * GIB_KIB;
    let pages = (config.shared_buffers_pages + config.os_cache_pages) as f64;
    Memory {
        total,
        shared: buffers.shared_usage().0 * PAGE_KIB,
        cached: cached * PAGE_KIB,
        used: (total - pages * PAGE_KIB).max(0.0),
    }
}

fn free(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let parsed = options(call, FREE_FLAGS, 1)?;
        let memory = of(host);
        let free = memory.free_kib() as f64;
        let figures = [
            memory.total,
            memory.used,
            free,
            memory.shared,
            memory.cached + memory.shared,
            free + memory.cached,
        ];
        let shown = figures.map(|kib| {
            if parsed.has('h') {
                human(kib * 1024.0)
            } else {
                let unit = if parsed.has('b') {
                    1.0 / 1024.0
                } else if parsed.has('m') {
                    1024.0
                } else if parsed.has('g') {
                    GIB_KIB
                } else {
                    1.0
                };
                format!("{:.0}", (kib / unit).floor())
            }
        });
        let [total, used, free, shared, cache, available] = shown;
        let heading = format!(
            "{:>19} {:>11} {:>11} {:>11} {:>11} {:>11}\n",
            "total", "used", "free", "shared", "buff/cache", "available"
        );
        let zero = if parsed.has('h') { "0B" } else { "0" };
        Ok(Output::text(format!(
            "{heading}Mem:  {total:>13} {used:>11} {free:>11} {shared:>11} {cache:>11} {available:>11}\nSwap: {zero:>13} {zero:>11} {zero:>11}\n"
        ))
        .into())
    })
}

/// A size as procps' `-h` has it: `62Gi`, `1.5Gi`.
pub(crate) fn human(bytes: f64) -> String {
    let units = ["B", "Ki", "Mi", "Gi", "Ti"];
    let mut value = bytes;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 10.0 && unit > 0 {
        format!("{value:.1}{}", units[unit])
    } else {
        format!("{value:.0}{}", units[unit])
    }
}

/// Where the data is.
const DATA_DIRECTORY: &str = "/var/lib/postgresql";

fn df(call: &Call<'_>, session: &mut Session, context: &mut Context<'_>) -> Outcome {
    let context = &*context;
    here(call, session, context, |host| {
        let bytes =
            host.server.buffers().residency().map(|relation| relation.pages).sum::<f64>() * PAGE_KIB * 1024.0;
        let size =
            if call.arguments.iter().any(|argument| argument.starts_with('-') && argument.contains('h')) {
                human(bytes).replace('i', "")
            } else {
                format!("{:.0}", bytes / 1024.0)
            };
        Ok(Output::text(if call.name == "du" {
            format!("{size}\t{DATA_DIRECTORY}\n")
        } else {
            format!("{:<18} {:>9} {:>9} {:>9} {:>4} Mounted on\n{:<18} {:>9} {size:>9} {:>9} {:>4} {DATA_DIRECTORY}\n",
                "Filesystem", "Size", "Used", "Avail", "Use%", "elastic-volume", "-", "-", "-")
        })
        .into())
    })
}
