//! `info`, `config get`, `memory stats`, `--bigkeys` and `--stat`.

use crate::console::Context;
use crate::console::shell::glob;
use crate::console::table::Output;
use crate::kernel::Span;
use crate::stack::{CacheView, PodPhase};
use crate::telemetry::Selector;

/// Sections of `info`.
pub(super) const SECTIONS: [&str; 8] =
    ["server", "clients", "memory", "stats", "commandstats", "replication", "keyspace", "everything"];
/// Settings of `config get`.
pub(super) const SETTINGS: [&str; 5] =
    ["maxmemory-policy", "maxmemory-samples", "databases", "slowlog-log-slower-than", "timeout"];
/// Over which time the present rate of requests is taken.
const RATE_WINDOW: Span = Span::from_secs(15);

/// What the settings are.
fn setting(name: &str) -> &'static str {
    match name {
        "maxmemory-policy" => "volatile-ttl",
        "maxmemory-samples" => "5",
        "databases" => "1",
        "slowlog-log-slower-than" => "10000",
        _ => "0",
    }
}

/// `info [SECTION]…`.
pub(super) fn info(context: &Context<'_>, sections: &[&str]) -> Output {
    let all = sections.iter().any(|name| matches!(*name, "all" | "everything" | "default"));
    let usual = sections.is_empty() || all;
    let unknown = sections.iter().find(|name| {
        !SECTIONS.contains(name)
            && !matches!(**name, "all" | "default" | "persistence" | "cpu" | "cluster" | "errorstats")
    });
    if unknown.is_some() {
        // Redis answers an unknown section with nothing.
        return Output::text("\n");
    }
    let texts: Vec<String> = SECTIONS
        .iter()
        .filter(|name| (usual && (all || **name != "commandstats")) || sections.contains(name))
        .filter_map(|name| section(context, name))
        .collect();
    if texts.is_empty() {
        return Output::text("(this section isn't part of the cache's model)\n");
    }
    Output::text(texts.join("\n"))
}

fn section(context: &Context<'_>, name: &str) -> Option<String> {
    let cache = context.world.cache();
    Some(match name {
        "server" => format!(
            "# Server\nredis_version:7.4.2\nredis_mode:standalone\ntcp_port:6379\nuptime_in_seconds:{}\n",
            context.world.now().as_secs()
        ),
        "clients" => format!("# Clients\nconnected_clients:{}\nblocked_clients:0\n", connected(context)),
        "memory" => format!(
            "# Memory\nmaxkeys:{}\nmaxmemory_policy:{}\n",
            cache.capacity_keys,
            setting("maxmemory-policy")
        ),
        "stats" => format!(
            "# Stats\ntotal_commands_processed:{}\ninstantaneous_ops_per_sec:{:.0}\nevicted_keys:{}\nkeyspace_hits:{}\nkeyspace_misses:{}\nhit_ratio_last_minute:{:.4}\n",
            cache.hits + cache.misses + cache.fills,
            rate(context, "redis_keyspace_hits_total") + rate(context, "redis_keyspace_misses_total"),
            cache.evictions,
            cache.hits,
            cache.misses,
            cache.hit_ratio
        ),
        "commandstats" => format!(
            "# Commandstats\ncmdstat_get:calls={}\ncmdstat_setex:calls={}\n",
            cache.hits + cache.misses,
            cache.fills
        ),
        "replication" => "# Replication\nrole:master\nconnected_slaves:0\n".to_owned(),
        "keyspace" => {
            format!("# Keyspace\ndb0:keys={0},expires={0},avg_ttl={1}\n", cache.keys, cache.ttl.as_millis())
        }
        _ => return None,
    })
}

/// Connections: one of each worker.
fn connected(context: &Context<'_>) -> u32 {
    context.world.pods().iter().filter(|pod| pod.phase == PodPhase::Running).map(|pod| pod.workers).sum()
}

fn rate(context: &Context<'_>, metric: &str) -> f64 {
    let metrics = &context.world.telemetry().metrics;
    let now = context.world.now();
    metrics
        .select(&Selector::new(metric))
        .into_iter()
        .map(|id| metrics.rate(id, now.back(RATE_WINDOW), now))
        .sum()
}

/// `config get PATTERN…`.
pub(super) fn settings(cache: &CacheView, patterns: &[&str]) -> String {
    let mut lines = Vec::new();
    for name in SETTINGS.iter().filter(|name| patterns.iter().any(|pattern| glob::matches(pattern, name))) {
        lines.extend([(*name).to_owned(), setting(name).to_owned()]);
    }
    if patterns.iter().any(|pattern| glob::matches(pattern, "maxkeys")) {
        lines.extend(["maxkeys".to_owned(), cache.capacity_keys.to_string()]);
    }
    if lines.is_empty() {
        return "(empty array)\n".into();
    }
    lines.iter().enumerate().map(|(place, text)| format!("{}) \"{text}\"\n", place + 1)).collect()
}

/// `memory stats`: what is known without the bytes.
pub(super) fn memory_stats(cache: &CacheView) -> String {
    let share = cache.keys as f64 / cache.capacity_keys.max(1) as f64 * 100.0;
    let rows = [
        ("keys.count", cache.keys.to_string()),
        ("keys.most", cache.capacity_keys.to_string()),
        ("keys.percentage", format!("{share:.2}")),
        ("evictions", cache.evictions.to_string()),
    ];
    let mut out = String::new();
    for (place, (name, value)) in rows.iter().enumerate() {
        out.push_str(&format!("{:2}) \"{name}\"\n{:2}) {value}\n", place * 2 + 1, place * 2 + 2));
    }
    out.push_str("(sizes in bytes aren't part of this cache's model)\n");
    out
}

/// `--bigkeys`: keys by kind.
pub(super) fn big_keys(context: &Context<'_>) -> String {
    let spaces = context.world.cache_spaces();
    let all: u64 = spaces.iter().map(|(_, held, _)| held).sum();
    let mut out = format!(
        "\n# Scanning the entire keyspace to find biggest keys as well as\n# average sizes per key type.\n\n-------- summary -------\n\nSampled {all} keys in the keyspace!\n\n"
    );
    for (name, held, ttl) in &spaces {
        let share = *held as f64 / all.max(1) as f64 * 100.0;
        out.push_str(&format!(
            "{held} keys {name}:* ({share:05.2}% of keys), each for {} s\n",
            ttl.as_secs()
        ));
    }
    out.push_str("(sizes of values aren't part of this cache's model)\n");
    out
}

/// `--stat`: one line.
pub(super) fn stat(context: &Context<'_>) -> String {
    let cache = context.world.cache();
    format!(
        "------- data ------ ---------- load ---------\nkeys       clients  requests\n{:<10} {:<8} {} (+{:.0}/s)\n",
        cache.keys,
        connected(context),
        cache.hits + cache.misses + cache.fills,
        rate(context, "redis_keyspace_hits_total") + rate(context, "redis_keyspace_misses_total"),
    )
}
