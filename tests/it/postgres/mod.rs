//! Tests of the `postgres` room.

mod buffers;
mod calibration;
mod collapse;
mod locks;
mod planner;
mod server;
mod server_ddl;
mod sql;
