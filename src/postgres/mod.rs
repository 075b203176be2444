//! A model of a PostgreSQL 18 server: catalog, statistics, planner, execution, locks, catalog views.
