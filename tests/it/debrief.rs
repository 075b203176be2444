//! Tests of the `debrief` room.
