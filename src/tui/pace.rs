//! How fast simulated time runs against the wall clock.

use crate::drill::Mode;

/// The speeds that can be chosen, in simulated seconds a second.
pub const SPEEDS: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0];

/// A speed and whether the clock runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    index: usize,
    paused: bool,
    fixed: bool,
}

impl Pace {
    /// The pace of a drill: in an exam one second a second, always.
    #[must_use]
    pub fn new(mode: Mode, speed: f64) -> Self {
        let fixed = mode == Mode::Exam;
        let index = SPEEDS.iter().rposition(|s| *s <= speed).unwrap_or(0);
        Self { index: if fixed { 0 } else { index }, paused: false, fixed }
    }

    /// Simulated seconds a second: zero while paused.
    #[must_use]
    pub fn speed(&self) -> f64 {
        if self.paused { 0.0 } else { SPEEDS[self.index] }
    }

    /// Why the pace cannot be changed; `None` where it can.
    #[must_use]
    pub fn locked(&self) -> Option<&'static str> {
        self.fixed.then_some("an exam runs in real time")
    }

    /// Stops the clock or lets it run.
    pub fn toggle(&mut self) {
        self.paused = !self.paused && !self.fixed;
    }

    /// Whether the clock stands.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// The next speed up (1) or down (−1).
    pub fn shift(&mut self, by: isize) {
        if !self.fixed {
            self.index = self.index.saturating_add_signed(by).min(SPEEDS.len() - 1);
            self.paused = false;
        }
    }

    /// `▶ 10×`, or `⏸` while paused.
    #[must_use]
    pub fn label(&self, ascii: bool) -> String {
        match (self.paused, ascii) {
            (true, false) => "⏸ paused".to_owned(),
            (true, true) => "paused".to_owned(),
            (false, false) => format!("▶ {}×", SPEEDS[self.index]),
            (false, true) => format!("{}x", SPEEDS[self.index]),
        }
    }
}
