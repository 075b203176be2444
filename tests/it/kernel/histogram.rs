//! Histogram percentiles against sorted samples.

use firedrill::kernel::{BUCKETS, Histogram, Span};
use proptest::prelude::*;

fn histogram(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    values.iter().for_each(|&value| histogram.record(Span(value)));
    histogram
}

/// Values of all magnitudes that the histogram promises its error for.
fn values() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec((0u32..42).prop_flat_map(|bits| 0..(1u64 << bits).max(2)), 1..300)
}

proptest! {
    #[test]
    fn percentiles_are_within_the_stated_error_of_sorted_samples(mut values in values(), q in 0.0..=1.0f64) {
        let found = histogram(&values).percentile(q).unwrap().0;
        values.sort_unstable();
        let rank = ((q * values.len() as f64).ceil() as usize).max(1);
        let exact = values[rank - 1];
        let limit = (exact as f64 * Histogram::RELATIVE_ERROR).floor() as u64;
        prop_assert!(found.abs_diff(exact) <= limit, "{found} is not {exact} ± {limit}");
    }

    #[test]
    fn merging_and_subtracting_are_inverse(a in values(), b in values()) {
        let mut merged = histogram(&a);
        merged.merge(&histogram(&b));
        let together: Vec<u64> = a.iter().chain(&b).copied().collect();
        prop_assert!(merged.buckets().eq(histogram(&together).buckets()));
        merged.subtract(&histogram(&b));
        prop_assert!(merged.buckets().eq(histogram(&a).buckets()));
        prop_assert_eq!(merged.mean(), histogram(&a).mean());
        prop_assert_eq!(merged.count(), a.len() as u64);
    }
}

#[test]
fn every_bucket_holds_its_own_lower_bound_and_middle() {
    for bucket in 0..BUCKETS {
        assert_eq!(Histogram::bucket(Histogram::lower(bucket)), bucket);
        assert_eq!(Histogram::bucket(Histogram::middle(bucket)), bucket);
    }
}

#[test]
fn an_empty_histogram_has_no_percentiles() {
    let mut histogram = histogram(&[5]);
    histogram.clear();
    assert_eq!((histogram.percentile(0.5), histogram.mean(), histogram.count()), (None, None, 0));
}

#[test]
fn values_beyond_the_range_count_in_the_last_bucket() {
    let histogram = histogram(&[u64::MAX]);
    assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(BUCKETS - 1, 1)]);
}

#[test]
fn the_share_above_a_threshold_leaves_out_the_thresholds_own_bucket() {
    let ms = |n| Span::from_millis(n).0;
    let histogram = histogram(&[ms(10), ms(400), ms(600), ms(900)]);
    assert_eq!(histogram.share_above(Span::from_millis(500)), 0.5);
}
