//! Metrics, logs, traces and alert rules, as bounded stores.
