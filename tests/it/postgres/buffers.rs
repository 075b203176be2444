//! The buffer cache: what scans push out, how it warms again.

use firedrill::kernel::{SimTime, Span};
use firedrill::postgres::buffers::{BufferCache, PoolId, Spread, WorkingSet};

const HALF_SECOND: Span = Span::from_millis(500);

/// A shop's table with a hot sixth and a log table larger than all memory.
fn cache() -> (BufferCache, PoolId, PoolId) {
    let mut cache = BufferCache::new(30_000, 370_000);
    let shop = cache.add(1, 400_000, WorkingSet { pages: 0.25, accesses: 0.95 });
    let log = cache.add(2, 4_000_000, WorkingSet::USUAL);
    cache.warm();
    (cache, shop, log)
}

/// Lets `seconds` pass with this many look-ups of the shop and scanned log pages a second.
fn pass(cache: &mut BufferCache, from: SimTime, seconds: u64, lookups: f64, scanned: f64) -> SimTime {
    let (shop, log) = (PoolId(0), PoolId(1));
    let mut now = from;
    while now < from + Span::from_secs(seconds) {
        now += HALF_SECOND;
        cache.touch(shop, Spread::Popular, lookups / 2.0);
        if scanned > 0.0 {
            cache.scan(log, scanned / 2.0);
        }
        cache.settle(now);
    }
    now
}

#[test]
fn probabilities_of_an_access_sum_to_one() {
    let (mut cache, shop, log) = cache();
    let now = pass(&mut cache, SimTime::ZERO, 30, 5_000.0, 20_000.0);
    pass(&mut cache, now, 30, 10.0, 50_000.0);
    for pool in [shop, log] {
        for spread in [Spread::Popular, Spread::Uniform, Spread::Sequential] {
            let chances = cache.chances(pool, spread);
            let sum = chances.hit + chances.copied + chances.disk;
            assert!((sum - 1.0).abs() < 1e-9, "{spread:?}: {chances:?}");
        }
    }
}

#[test]
fn neither_level_holds_more_than_its_size() {
    let (mut cache, ..) = cache();
    pass(&mut cache, SimTime::ZERO, 120, 20_000.0, 60_000.0);
    let shared: f64 = cache.residency().map(|r| r.shared).sum();
    let cached: f64 = cache.residency().map(|r| r.cached).sum();
    assert!(shared <= 30_001.0, "shared buffers hold {shared}");
    assert!(cached <= 370_001.0, "the kernel's cache holds {cached}");
}

#[test]
fn scans_push_out_what_is_no_longer_looked_up_and_it_warms_again_in_minutes() {
    let (mut cache, shop, _) = cache();
    let now = pass(&mut cache, SimTime::ZERO, 300, 5_000.0, 0.0);
    let healthy = cache.chances(shop, Spread::Popular).disk;
    // The site is down: a trickle of look-ups, and one scan after another.
    let now = pass(&mut cache, now, 5_400, 50.0, 50_000.0);
    let cold = cache.chances(shop, Spread::Popular).disk;
    let now = pass(&mut cache, now, 10, 5_000.0, 0.0);
    let soon = cache.chances(shop, Spread::Popular).disk;
    pass(&mut cache, now, 900, 5_000.0, 0.0);
    let warm = cache.chances(shop, Spread::Popular).disk;
    assert!(healthy < 0.05, "healthy: {healthy}");
    assert!(cold > 0.3, "after an hour and a half of scans: {cold}");
    assert!(soon > 0.2 && soon < cold, "ten seconds later: {soon} of {cold}");
    assert!(warm < healthy + 0.05, "after fifteen minutes: {warm}");
}

#[test]
fn a_large_scan_spares_shared_buffers() {
    let (mut cache, ..) = cache();
    let before: f64 = cache.residency().find(|r| r.oid == 1).map_or(0.0, |r| r.shared);
    cache.scan(PoolId(1), 4_000_000.0);
    cache.settle(SimTime::ZERO + HALF_SECOND);
    let after: f64 = cache.residency().find(|r| r.oid == 1).map_or(0.0, |r| r.shared);
    assert!((before - after).abs() < 1.0, "{before} pages before, {after} after");
}
