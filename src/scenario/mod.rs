//! The scenario format: loading, checks with file, line and column, drawing a variant from a seed.
