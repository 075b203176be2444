//! Definitions back to SQL: `pg_get_indexdef` and family.

use super::{Catalog, Index};

/// `pg_get_indexdef(oid)`: the CREATE INDEX command.
pub fn index_definition(_catalog: &Catalog, index: &Index) -> String {
    index.name.clone()
}
