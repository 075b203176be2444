//! `redis-cli`: the product cache's own figures.
//!
//! What the cache's model knows (keys, look-ups, what was put in and evicted, who is connected) is printed under Redis' names;
//! what it doesn't (bytes of a value, memory fragmentation) is left out, not made up.

mod info;

use crate::console::Context;
use crate::console::incident::MessageKind;
use crate::console::shell::options::{Flag, flag, parse, word};
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};
use crate::console::text::nearest;
use crate::stack::{CacheView, PodPhase};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "redis-cli",
    aliases: &[],
    group: Group::Data,
    usage: "redis-cli [-h HOST] [-p PORT] COMMAND [ARGUMENT]…\nredis-cli --bigkeys | --latency | --stat",
    summary: "ask the product cache",
    manual: "Asks the product cache for its figures: info [SECTION], dbsize, client list, slowlog get, config get PATTERN, memory stats, latency latest, ping. flushall empties it, \
             with all that follows: every page has to be read from the database again. Values are customers' data and out of reach, and a command that reads every key \
             (keys, monitor) is disabled as in production.",
    flags: FLAGS,
    complete,
    run: Handler::Tool(run),
};

const FLAGS: &[Flag] = &[
    flag('h', "", "HOST", "the cache (its only host)"),
    flag('p', "", "PORT", "accepted"),
    flag('n', "", "DATABASE", "accepted: there is database 0"),
    flag('a', "", "PASSWORD", "accepted"),
    flag('u', "", "URI", "accepted"),
    flag('r', "", "COUNT", "accepted"),
    flag('i', "", "SECONDS", "accepted"),
    word('b', "bigkeys", "", "count keys by kind"),
    word('M', "memkeys", "", "as --bigkeys"),
    word('H', "hotkeys", "", "as --bigkeys: how often a key is read isn't kept"),
    word('l', "latency", "", "how long look-ups take"),
    word('L', "latency-history", "", "as --latency"),
    word('s', "stat", "", "keys, clients and requests in a line"),
    word('R', "raw", "", "accepted"),
    word('N', "no-auth-warning", "", "accepted"),
    word('S', "scan", "", "keys, which are out of reach"),
    word('P', "pattern", "PATTERN", "accepted"),
];

/// Commands with what they do.
const COMMANDS: [(&str, &str); 12] = [
    ("info", "figures"),
    ("dbsize", "keys held"),
    ("ping", "is it there"),
    ("client", "client list: who is connected"),
    ("slowlog", "slowlog get: slow commands"),
    ("config", "config get PATTERN"),
    ("memory", "memory stats, memory doctor"),
    ("latency", "latency latest, latency doctor"),
    ("role", "primary or replica"),
    ("time", "its clock"),
    ("flushall", "empty it"),
    ("flushdb", "empty it"),
];

/// Commands that every client of a production cache is kept from.
const DISABLED: [&str; 6] = ["keys", "monitor", "debug", "shutdown", "replicaof", "save"];
/// Commands on values.
const ON_VALUES: [&str; 16] = [
    "get", "mget", "set", "del", "unlink", "ttl", "expire", "exists", "type", "scan", "hgetall", "hget",
    "lrange", "object", "strlen", "eval",
];

fn complete(asking: &Asking<'_, '_>) -> Vec<Candidate> {
    let before: Vec<&str> = asking.before.iter().map(String::as_str).collect();
    match before.as_slice() {
        [.., "-h"] => vec![(asking.context.world.cache().name, "the cache".into())],
        [.., "info"] => {
            info::SECTIONS.iter().map(|name| ((*name).to_owned(), "section".to_owned())).collect()
        }
        [.., "client"] => words(&[("list", "who is connected"), ("info", "this connection")]),
        [.., "slowlog"] => words(&[("get", "slow commands"), ("len", "how many"), ("reset", "forget them")]),
        [.., "config"] => words(&[("get", "read a setting")]),
        [.., "config", "get"] => {
            info::SETTINGS.iter().map(|name| ((*name).to_owned(), String::new())).collect()
        }
        [.., "memory"] => words(&[("stats", "figures"), ("doctor", "advice")]),
        _ => words(&COMMANDS),
    }
}

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let parsed = match parse(FLAGS, call.arguments) {
        Ok(parsed) => parsed,
        Err(message) => {
            let message =
                message.replace("unrecognized option", "Unrecognized option or bad number of args for:");
            return Output::failure(message).into();
        }
    };
    let cache = context.world.cache();
    if let Some(host) = parsed.value('h')
        && host != cache.name
        && !matches!(host, "localhost" | "127.0.0.1")
    {
        return Output::failure(format!(
            "Could not connect to Redis at {host}:6379: Name or service not known\n(the cache is {})",
            cache.name
        ))
        .into();
    }
    if parsed.has('b') || parsed.has('M') || parsed.has('H') {
        return Output::text(info::big_keys(context)).into();
    }
    if parsed.has('l') || parsed.has('L') {
        let took = cache.latency.as_millis_f64();
        return Output::text(format!("min: {took:.0}, max: {took:.0}, avg: {took:.2} (1 sample)\n")).into();
    }
    if parsed.has('s') {
        return Output::text(info::stat(context)).into();
    }
    let lower: Vec<String> = parsed.operands.iter().map(|word| word.to_lowercase()).collect();
    let words: Vec<&str> = lower.iter().map(String::as_str).collect();
    command(&words, &cache, context).into()
}

fn command(words: &[&str], cache: &CacheView, context: &mut Context<'_>) -> Output {
    let now = context.world.now();
    match words {
        [] => Output::failure(
            "redis-cli: give it a command: info, dbsize, client list, slowlog get, ping, flushall",
        ),
        ["ping"] => Output::text("PONG\n"),
        ["dbsize"] => Output::text(format!("(integer) {}\n", cache.keys)),
        ["info", sections @ ..] => info::info(context, sections),
        ["client", "list"] => Output::text(clients(context)),
        ["client", "info"] => Output::text("id=1 addr=10.0.4.17:0 name= db=0 cmd=client|info user=oncall\n"),
        // A look-up takes a fixed time, far below slowlog-log-slower-than.
        ["slowlog", "get", ..] => Output::text("(empty array)\n"),
        ["slowlog", "len"] => Output::text("(integer) 0\n"),
        ["slowlog", "reset"] => Output::text("OK\n"),
        ["config", "get", patterns @ ..] if !patterns.is_empty() => {
            Output::text(info::settings(cache, patterns))
        }
        ["memory", "stats"] => Output::text(info::memory_stats(cache)),
        ["memory", "doctor"] | ["latency", "doctor"] => Output::text(
            "Hi, no advice: sizes and stalls aren't part of this cache's model. info stats has its look-ups.\n",
        ),
        ["latency", "latest" | "history", ..] => Output::text("(empty array)\n"),
        ["role"] => Output::text("1) \"master\"\n2) (integer) 0\n3) (empty array)\n"),
        ["time"] => {
            let seconds = context.scenario.calendar().unix_seconds(now);
            Output::text(format!("1) \"{seconds}\"\n2) \"{}\"\n", now.0 / 1_000 % 1_000_000))
        }
        ["flushall" | "flushdb", ..] => {
            context.world.flush_cache();
            context.incident.say(
                now,
                "incident",
                MessageKind::Tool,
                &format!("oncall flushed {}", cache.name),
            );
            context.incident.acted(now, &format!("flushed {}", cache.name));
            Output::text("OK\n")
        }
        [first, ..] if DISABLED.contains(first) || (*first == "config" && words.get(1) == Some(&"set")) => {
            Output::failure(format!(
                "(error) NOPERM User oncall has no permissions to run the '{}' command",
                words[..words.len().min(if *first == "config" { 2 } else { 1 })].join("|")
            ))
        }
        [first, ..] if ON_VALUES.contains(first) => Output::failure(format!(
            "(error) NOPERM User oncall has no permissions to run the '{first}' command\n(values are customers' data; redis-cli info keyspace and --bigkeys count keys)"
        )),
        [first, rest @ ..] => {
            let beginning: String = rest.iter().map(|word| format!("'{word}' ")).collect();
            let mut output = Output::failure(format!(
                "(error) ERR unknown command '{first}', with args beginning with: {beginning}"
            ));
            if let Some(near) = nearest(first, COMMANDS.iter().map(|(name, _)| *name)) {
                output.err(format!("did you mean: {near}\n"));
            }
            output
        }
    }
}

/// A connection of each worker of each pod that runs.
fn clients(context: &Context<'_>) -> String {
    let mut out = String::new();
    let mut id = 1;
    for pod in context.world.pods().iter().filter(|pod| pod.phase == PodPhase::Running) {
        for worker in 0..pod.workers {
            id += 1;
            let name = &pod.name;
            out.push_str(&format!(
                "id={id} addr={}:- name={name}/{worker} db=0 cmd=get user=storefront\n",
                pod.ip
            ));
        }
    }
    out
}
