//! Tests of the `postgres` room.

mod buffers;
mod locks;
mod server;
mod server_ddl;
mod sql;
