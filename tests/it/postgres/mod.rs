//! Tests of the `postgres` room.

mod background;
mod buffers;
mod calibration;
mod collapse;
mod horizon;
mod load;
mod locking;
mod locks;
mod planner;
mod plans;
mod prepared;
mod row_locks;
mod server;
mod server_ddl;
mod sql;
mod undisturbed;
