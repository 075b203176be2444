//! The shop: visitors, load balancer, web pods, cache, connection pools, database servers, jobs; changes and their effects.
//!
//! Every visitor and every request is simulated. A request's way: a visitor asks for a page (`visits`), the load balancer
//! (`balancer`) chooses a pod, one of its workers (`pods`) runs the endpoint's program (`blueprint`) step by step
//! (`requests`): computing, looking into the `cache`, asking the database for a connection (`pool`) and an answer
//! (`queries`), calling the payment provider (`payment`). The answer goes back to the visitor, who looks, buys, reloads
//! or leaves (`visitors`).
//!
//! `world` has the loop; `event` says what can happen next. What is seen from outside is in `view`, made by
//! `surface`; what operators can do is there too, in `settings`, `changes` and `probes`. `cluster` is the part of
//! Kubernetes that one meets; `jobs` works in the background; `tick` measures once a second, by `meters`, `logbook`,
//! `spans`, `serverlog` and `signals`.

pub mod view;
mod world;
mod event;
mod slab;
mod spread;
mod blueprint;
mod visitors;
mod visits;
mod balancer;
mod loads;
mod request;
mod requests;
mod pods;
mod cluster;
mod cache;
mod pool;
mod queries;
mod database;
mod payment;
mod jobs;
mod changes;
mod operations;
mod settings;
mod probes;
mod addresses;
mod signals;
mod tick;
mod meters;
mod logbook;
mod spans;
mod serverlog;
mod surface;

pub use addresses::BASTION;
pub use database::ON_CALL_ROLE;
pub use view::*;
pub use world::World;
