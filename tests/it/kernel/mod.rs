//! Tests of the `kernel` room: exact values, properties against naive models, and queueing theory as an
//! oracle.

mod digest;
mod histogram;
mod queue;
mod random;
mod sharing;
mod station;
mod theory;
mod time;
mod timeouts;
