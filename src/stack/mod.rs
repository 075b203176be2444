//! The shop: visitors, load balancer, web pods, cache, connection pools, database servers, jobs; changes and their effects.

mod cache;
mod slab;
pub mod view;

pub use view::*;
