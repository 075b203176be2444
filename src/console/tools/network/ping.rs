//! `ping`: the network lets TCP through and no ICMP, as a cloud's security groups do, so nobody answers. What a ping is for
//! (is it there, does it answer) is asked with `nc` and `curl`.

use super::{find, hosts};
use crate::console::Context;
use crate::console::jobs::{Job, Polled};
use crate::console::shell::options::{Flag, flag};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Outcome, Output, Tool};
use crate::console::text::duration;
use crate::kernel::{SimTime, Span};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "ping",
    aliases: &[],
    group: Group::Observe,
    usage: "ping [-c COUNT] [-i SECONDS] HOST",
    summary: "ask a host for an echo, which the network drops",
    manual: "Sends ICMP echo requests to HOST until Ctrl-C, or COUNT of them, and counts the answers. The company's network carries no ICMP: whether a host is there \
             is told by nc -zv HOST PORT, whether it serves by curl.",
    flags: FLAGS,
    complete: hosts,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('c', "", "COUNT", "send COUNT requests"),
    flag('i', "", "SECONDS", "one every SECONDS (1)"),
    flag('W', "", "SECONDS", "wait so long for the last answer (10)"),
    flag('w', "", "SECONDS", "end after SECONDS"),
    flag('q', "", "", "accepted"),
    flag('n', "", "", "accepted"),
    flag('s', "", "BYTES", "accepted"),
    flag('4', "", "", "accepted"),
];

/// How long the last request is waited for, and how long a turn is, in seconds.
const LAST_WAIT: Span = Span::from_secs(10);

/// Echo requests under way.
#[derive(Clone)]
pub(crate) struct Pinging {
    host: String,
    started: SimTime,
    every: Span,
    /// When it ends by itself, and how many requests it will have sent by then.
    ends: Option<(SimTime, u64)>,
    head: Option<String>,
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    match start(call, context) {
        Ok(job) => Outcome::Job(Job::Ping(job)),
        Err(output) => output.into(),
    }
}

fn start(call: &Call<'_>, context: &Context<'_>) -> Result<Pinging, Output> {
    let parsed = crate::console::filters::options(call, FLAGS, 2)?;
    let Some(host) = parsed.operands.first() else {
        return Err(Output::failure_with(2, "ping: usage error: Destination address required"));
    };
    let Some(found) = find(context, host) else {
        return Err(Output::failure_with(2, format!("ping: {host}: Name or service not known")));
    };
    let seconds = |key: char| match parsed.value(key) {
        None => Ok(None),
        Some(text) => duration(text)
            .filter(|span| *span >= Span::MILLISECOND)
            .map(Some)
            .ok_or_else(|| Output::failure_with(2, format!("ping: invalid argument: '{text}'"))),
    };
    let every = seconds('i')?.unwrap_or(Span::SECOND);
    let count: Option<u64> = match parsed.value('c') {
        None => None,
        Some(text) => Some(
            text.parse()
                .ok()
                .filter(|count| (1..=10_000).contains(count))
                .ok_or_else(|| Output::failure_with(2, format!("ping: invalid argument: '{text}'")))?,
        ),
    };
    let started = context.world.now();
    let last_wait = seconds('W')?.unwrap_or(LAST_WAIT);
    let by_count = count.map(|count| (started + every * (count - 1) + last_wait, count));
    let by_time = seconds('w')?.map(|span| (started + span, 1 + span.0 / every.0));
    let head = format!("PING {host} ({0}) 56(84) bytes of data.\n", found.address);
    Ok(Pinging { host: host.clone(), started, every, ends: by_time.or(by_count), head: Some(head) })
}

impl Pinging {
    /// Prints its first line; its summary when it is over.
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Polled {
        if let Some(head) = self.head.take() {
            return Polled::Pending(Output::text(head));
        }
        match self.ends {
            Some((at, sent)) if at <= context.world.now() => Polled::Done(self.summary(context, sent)),
            _ => Polled::Pending(Output::default()),
        }
    }

    /// What Ctrl-C makes it print.
    pub(crate) fn interrupted(&self, context: &Context<'_>) -> Output {
        let sent = 1 + context.world.now().since(self.started).0 / self.every.0;
        self.summary(context, self.ends.map_or(sent, |(_, most)| sent.min(most)))
    }

    fn summary(&self, context: &Context<'_>, sent: u64) -> Output {
        let took = context.world.now().since(self.started).as_millis();
        let mut output = Output::text(format!(
            "\n--- {} ping statistics ---\n{sent} packets transmitted, 0 received, 100% packet loss, time {took}ms\n\n",
            self.host
        ));
        output.err("(the network carries no ICMP: nc -zv HOST PORT tells whether a host is there)\n");
        output.status = 1;
        output
    }
}
