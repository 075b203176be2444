//! Tests of the `stack` room.
