//! Tests of the `postgres` room.

mod buffers;
mod locks;
mod planner;
mod server;
mod server_ddl;
mod sql;
