//! Scoring, counterfactual runs, and the report in text, Markdown, HTML and JSON.
//!
//! A drill's [`Outcome`] and those of its counterfactual [`runs`] make a [`Report`]; a [`layout`] puts it into reading order
//! once, and a renderer for each format writes it down. Nothing in here judges: every figure is a journal entry, a
//! milestone, or the difference of two runs.

pub mod branch;
pub mod cause;
mod communication;
pub mod compare;
pub mod course;
pub mod document;
pub mod html;
pub mod hypotheses;
pub mod layout;
pub mod lead;
pub mod learning;
pub mod markdown;
pub mod outcome;
mod plans;
pub mod practise;
pub mod report;
pub mod runs;
pub mod score;
pub mod series;
pub mod still;
mod svg;
pub mod text;
pub mod validity;
pub mod worth;
pub mod yardstick;

pub use outcome::Outcome;
pub use report::{Report, compose};
pub use runs::{Run, Runs};
pub use yardstick::Yardstick;
