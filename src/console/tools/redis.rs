//! `redis-cli`: the product cache's own figures.

use crate::console::Context;
use crate::console::shell::session::Session;
use crate::console::table::{Asking, Call, Candidate, Group, Handler, Outcome, Output, Tool, words};

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "redis-cli",
    aliases: &[],
    group: Group::Data,
    usage: "redis-cli [-h HOST] info [stats|keyspace|memory] | dbsize | ping | config get maxmemory-policy | flushall",
    summary: "ask the product cache",
    manual: "Asks the product cache for its figures. flushall empties it, with all that follows: every page has to be read from the database again.",
    complete: |_: &Asking<'_, '_>| -> Vec<Candidate> {
        words(&[
            ("info", "figures"),
            ("dbsize", "keys held"),
            ("ping", "is it there"),
            ("flushall", "empty it"),
        ])
    },
    run: Handler::Tool(run),
};

fn run(call: &Call<'_>, _: &mut Session, context: &mut Context<'_>) -> Outcome {
    let mut words: Vec<String> = Vec::new();
    let mut arguments = call.arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-h" | "-p" | "-n" | "-u" => drop(arguments.next()),
            word => words.push(word.to_lowercase()),
        }
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let cache = context.world.cache();
    match words.as_slice() {
        ["ping"] => Output::text("PONG\n"),
        ["dbsize"] => Output::text(format!("(integer) {}\n", cache.keys)),
        ["info", rest @ ..] => Output::text(info(context, rest.first().copied())),
        ["config", "get", ..] => Output::text("1) \"maxmemory-policy\"\n2) \"allkeys-lru\"\n"),
        ["flushall" | "flushdb", ..] => {
            context.world.flush_cache();
            let now = context.world.now();
            let kind = crate::console::incident::MessageKind::Tool;
            context.incident.say(now, "incident", kind, &format!("oncall flushed {}", cache.name));
            Output::text("OK\n")
        }
        [] => Output::failure("redis-cli: give it a command: info, dbsize, ping, flushall"),
        [other, ..] => Output::failure(format!("(error) ERR unknown command '{other}'")),
    }
    .into()
}

fn info(context: &Context<'_>, section: Option<&str>) -> String {
    let cache = context.world.cache();
    let stats = format!(
        "# Stats\nkeyspace_hits:{}\nkeyspace_misses:{}\nhit_ratio_last_minute:{:.4}\n",
        cache.hits, cache.misses, cache.hit_ratio
    );
    let keyspace = format!(
        "# Keyspace\ndb0:keys={},expires={},avg_ttl={}\n",
        cache.keys,
        cache.keys,
        cache.ttl.as_millis()
    );
    let memory = format!("# Memory\nmaxkeys:{}\nmaxmemory_policy:allkeys-lru\n", cache.capacity_keys);
    match section {
        Some("stats") => stats,
        Some("keyspace") => keyspace,
        Some("memory") => memory,
        _ => format!("{stats}\n{memory}\n{keyspace}"),
    }
}
