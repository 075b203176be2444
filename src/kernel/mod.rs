//! Simulated time, the event queue, named random streams, queues and processors, histograms.
//!
//! The parts that every model is built from. None of them knows what is simulated; none reads a wall clock,
//! allocates for each event, or calls the platform's mathematics. In reading order: time, chance, the order
//! of events, the two ways of sharing a resource (waiting in line, and all at once), time-outs, and the
//! measuring instruments.

mod time;
mod calendar;
mod random;
mod exponential;
mod queue;
mod ring;
mod little;
mod line;
mod station;
mod sharing;
mod timeouts;
mod occupancy;
mod histogram;
mod digest;
mod figures;

pub use calendar::Calendar;
pub use digest::Digest;
pub use figures::thousands;
pub use histogram::{BUCKETS, Histogram};
pub use line::WaitingLine;
pub use little::LittlesLaw;
pub use occupancy::Occupancy;
pub use queue::EventQueue;
pub use random::{Exponentials, Stream};
pub use sharing::SharedProcessor;
pub use station::{Admission, Station};
pub use time::{SimTime, Span};
pub use timeouts::{TimeoutLine, TimeoutRing};
