//! Tests of the `postgres` room.
