//! The fingerprint of a run.

use firedrill::kernel::Digest;

fn digest(words: &[u64]) -> u64 {
    let mut digest = Digest::new();
    words.iter().for_each(|&word| digest.write_u64(word));
    digest.finish()
}

#[test]
fn a_fingerprint_is_fixed_for_ever() {
    assert_eq!(digest(&[1, 2, 3]), 0xbbc4_e84f_03bb_929f);
}

#[test]
fn order_number_and_every_bit_count() {
    let mut seen = vec![digest(&[]), digest(&[0]), digest(&[0, 0]), digest(&[1, 2]), digest(&[2, 1])];
    seen.extend((0..64).map(|bit| digest(&[7, 1 << bit, 7])));
    let mut text = Digest::new();
    text.write_str("psql");
    seen.push(text.finish());
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
}
