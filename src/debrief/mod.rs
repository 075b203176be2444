//! Scoring, counterfactual runs, and the report in text, Markdown and JSON.
