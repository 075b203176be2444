//! One drill: clock, participants, journal, replay; input in, snapshot out.
