//! Any query is read and evaluated, or refused in words: `cargo fuzz run promql`.
#![no_main]

use firedrill::console::promql::{Engine, Labels, Matcher, Series, Source, parse};
use libfuzzer_sys::fuzz_target;

/// One series under every name.
struct One;

impl Source for One {
    fn select(&self, _: &[Matcher], from_ms: i64, to_ms: i64) -> Vec<Series> {
        let samples = (0..10).map(|place| (place * 15_000, place as f64)).filter(|(at, _)| (from_ms..=to_ms).contains(at));
        vec![Series { labels: Labels::new(vec![("__name__".into(), "up".into())]), samples: samples.collect() }]
    }
}

fuzz_target!(|query: &str| {
    if let Ok(expr) = parse(query) {
        let _ = Engine::new(&One).instant(&expr, 120_000);
    }
});
