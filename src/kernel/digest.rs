//! A fingerprint of a run: 64 bits that two runs share if, and practically only if, they were the same event
//! for event.
//!
//! For each word `x`: `h = (rotl(h, 5) ^ x) * 0x517cc1b727220a95` (the step of Firefox's hash, a bijection of
//! `h` for each `x`), and SplitMix64's finaliser at the end. Not for adversaries; the standard library's
//! hasher is not promised to stay the same, and SipHash costs more than an event.

use super::random::mix;

/// A streaming 64-bit fingerprint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    state: u64,
    words: u64,
}

impl Digest {
    /// The fingerprint of nothing.
    pub const fn new() -> Digest {
        Digest { state: 0, words: 0 }
    }

    /// Adds a word.
    #[inline]
    pub fn write_u64(&mut self, word: u64) {
        self.state = (self.state.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        self.words += 1;
    }

    /// Adds a text and its length.
    pub fn write_str(&mut self, text: &str) {
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
        self.write_u64(text.len() as u64);
    }

    /// The fingerprint of all words so far; more may follow.
    pub fn finish(&self) -> u64 {
        mix(self.state ^ mix(self.words))
    }
}
