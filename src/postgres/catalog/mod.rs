//! What the server knows of its tables: definitions, sizes, statistics, roles. The one truth that the planner reads, DDL changes
//! and the catalog views show; rows are not here, because the model has none.
//!
//! Read a relation by oid (`catalog.tables[&oid]`) or by name ([`Catalog::table_by_name`]). Every change of definitions or
//! statistics goes through a method that raises [`Catalog::version`], so a plan cache compares one number.
//! A server keeps two of these where belief and truth differ: the planner's, and one whose statistics are the true ones.

mod ddl;
mod ddl_index;
mod definition;
mod load;
mod sizes;
mod statistics;

pub use ddl::DdlEffect;
pub use definition::{index_definition, index_key_text, index_predicate, table_expression};
pub use load::SqlProblem;
pub(crate) use sizes::{BRIN_RANGE, brin_revmap_pages};
pub use sizes::{IndexSizing, estimate_index_size};
pub use statistics::{ColumnStatistics, ElementStatistics, RelationStatistics};

use std::collections::BTreeMap;
use std::sync::Arc;

use super::datum::{Collation, Datum};
use super::sql::Expr;
use super::types::TypeId;

/// An object identifier. User objects start at [`FIRST_NORMAL_OID`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(pub u32);

impl std::fmt::Display for Oid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// `FirstNormalObjectId` of `transam.h`.
pub const FIRST_NORMAL_OID: u32 = 16_384;
/// Bytes in a block.
pub const BLOCK_SIZE: u32 = 8_192;
/// The oid of the namespace `public`.
pub const PUBLIC_NAMESPACE: Oid = Oid(2200);

/// Everything that one database of the server holds.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The database's name.
    pub database: String,
    /// The role that owns the database and the tables.
    pub owner: String,
    /// Tables by oid.
    pub tables: BTreeMap<Oid, Table>,
    /// Indexes by oid (primary keys' included).
    pub indexes: BTreeMap<Oid, Index>,
    /// Constraints by oid.
    pub constraints: BTreeMap<Oid, Constraint>,
    /// Roles by oid.
    pub roles: BTreeMap<Oid, Role>,
    /// Raised by every change that can change a plan.
    pub version: u64,
    next_oid: u32,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its oid.
    pub oid: Oid,
    /// `relfilenode`: changes when the table is rewritten.
    pub filenode: u32,
    /// Schema name, `public` unless stated.
    pub schema: String,
    /// Name.
    pub name: String,
    /// Columns in attribute-number order; `columns[n - 1]` has attnum n. Dropped ones stay, marked.
    pub columns: Vec<Column>,
    /// Its indexes, oldest first.
    pub indexes: Vec<Oid>,
    /// What `pg_class` says: the planner's belief.
    pub statistics: RelationStatistics,
    /// What the file has.
    pub size: RelationSize,
    /// `COMMENT ON TABLE`.
    pub comment: Option<String>,
}

/// A table's column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Attribute number, from 1.
    pub number: u16,
    /// Name.
    pub name: String,
    /// Type.
    pub type_id: TypeId,
    /// `atttypmod` (length + 4 for `varchar(n)`), -1 where there is none.
    pub type_modifier: i32,
    /// NOT NULL.
    pub not_null: bool,
    /// The DEFAULT's text.
    pub default: Option<String>,
    /// Dropped by `ALTER TABLE … DROP COLUMN`.
    pub dropped: bool,
    /// What ANALYZE stored; `None` when the column was never analysed.
    pub statistics: Option<Arc<ColumnStatistics>>,
    /// The smallest and largest value really in the table: what the planner finds when it probes an index's end.
    /// `None`: the statistics' own end points are taken.
    pub extremes: Option<(Datum, Datum)>,
    /// `COMMENT ON COLUMN`.
    pub comment: Option<String>,
}

/// The physical size of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RelationSize {
    /// Blocks in the main fork.
    pub blocks: u64,
    /// A B-tree's root level, as `bt_metap` shows it; 0 for a lone leaf.
    pub tree_level: u32,
}

/// An access method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessMethod {
    /// B-tree
    Btree,
    /// Hash
    Hash,
    /// BRIN
    Brin,
    /// GIN
    Gin,
    /// GiST
    Gist,
    /// SP-GiST
    Spgist,
}

impl AccessMethod {
    /// The name in `pg_am`.
    pub fn name(self) -> &'static str {
        match self {
            AccessMethod::Btree => "btree",
            AccessMethod::Hash => "hash",
            AccessMethod::Brin => "brin",
            AccessMethod::Gin => "gin",
            AccessMethod::Gist => "gist",
            AccessMethod::Spgist => "spgist",
        }
    }

    /// The method of a name in `USING`.
    pub fn by_name(name: &str) -> Option<AccessMethod> {
        use AccessMethod::*;
        [Btree, Hash, Brin, Gin, Gist, Spgist].into_iter().find(|m| m.name() == name)
    }

    /// The oid in `pg_am`.
    pub fn oid(self) -> Oid {
        Oid(match self {
            AccessMethod::Btree => 403,
            AccessMethod::Hash => 405,
            AccessMethod::Gist => 783,
            AccessMethod::Gin => 2742,
            AccessMethod::Brin => 3580,
            AccessMethod::Spgist => 4000,
        })
    }
}

/// An index.
#[derive(Debug, Clone)]
pub struct Index {
    /// Its oid.
    pub oid: Oid,
    /// `relfilenode`: changes with REINDEX.
    pub filenode: u32,
    /// Name.
    pub name: String,
    /// The table.
    pub table: Oid,
    /// Access method.
    pub method: AccessMethod,
    /// Key columns.
    pub keys: Vec<IndexKey>,
    /// INCLUDE columns' attribute numbers.
    pub include: Vec<u16>,
    /// The partial index's predicate, as an implicit AND of clauses over the table as relation 0; empty for a full index.
    pub predicate: Vec<Expr>,
    /// UNIQUE.
    pub unique: bool,
    /// NULLS NOT DISTINCT.
    pub nulls_not_distinct: bool,
    /// The primary key's index.
    pub primary: bool,
    /// `indisvalid`: false after a failed or while a running CREATE INDEX CONCURRENTLY; the planner then ignores it.
    pub valid: bool,
    /// `indisready`: false while writers need not maintain it yet.
    pub ready: bool,
    /// WITH (…) options by name.
    pub options: BTreeMap<String, String>,
    /// What `pg_class` says.
    pub statistics: RelationStatistics,
    /// What the file has.
    pub size: RelationSize,
    /// GIN's meta page, where the method is GIN.
    pub gin: Option<GinSize>,
    /// `COMMENT ON INDEX`.
    pub comment: Option<String>,
}

/// What GIN's meta page counts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GinSize {
    /// Pages with entries.
    pub entry_pages: u64,
    /// Pages with posting lists.
    pub data_pages: u64,
    /// Distinct keys.
    pub entries: u64,
    /// Pages of the pending list.
    pub pending_pages: u64,
}

/// One key of an index.
#[derive(Debug, Clone)]
pub struct IndexKey {
    /// A column, or an expression.
    pub source: KeySource,
    /// The type that the operator class indexes.
    pub type_id: TypeId,
    /// Operator class, such as `text_pattern_ops`.
    pub opclass: OperatorClass,
    /// Collation of the key.
    pub collation: Collation,
    /// DESC.
    pub descending: bool,
    /// NULLS FIRST (the default when descending).
    pub nulls_first: bool,
    /// Statistics of an expression key.
    pub statistics: Option<Arc<ColumnStatistics>>,
    /// The expression's smallest and largest value really in the index.
    pub extremes: Option<(Datum, Datum)>,
}

/// What an index key is made from.
#[derive(Debug, Clone, PartialEq)]
pub enum KeySource {
    /// A plain column, by attribute number.
    Column(u16),
    /// An expression over the table as relation 0.
    Expression(Expr),
}

/// Operator classes, as far as they differ for planning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OperatorClass {
    /// The type's default for the access method.
    Default,
    /// `text_pattern_ops`, `varchar_pattern_ops`, `bpchar_pattern_ops`: byte order.
    Pattern,
    /// `gin_trgm_ops` / `gist_trgm_ops`
    Trigram,
    /// `jsonb_path_ops`
    JsonbPath,
}

/// A table constraint.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// Its oid.
    pub oid: Oid,
    /// Name.
    pub name: String,
    /// The table.
    pub table: Oid,
    /// What it demands.
    pub kind: ConstraintKind,
    /// False for NOT VALID.
    pub validated: bool,
}

/// The kinds of constraint.
#[derive(Debug, Clone)]
pub enum ConstraintKind {
    /// PRIMARY KEY, with its index.
    PrimaryKey {
        /// Columns.
        columns: Vec<u16>,
        /// The index behind it.
        index: Oid,
    },
    /// UNIQUE, with its index.
    Unique {
        /// Columns.
        columns: Vec<u16>,
        /// The index behind it.
        index: Oid,
    },
    /// FOREIGN KEY.
    ForeignKey {
        /// Columns of this table.
        columns: Vec<u16>,
        /// The referenced table.
        references: Oid,
        /// Its columns.
        referenced_columns: Vec<u16>,
        /// ON DELETE.
        on_delete: ReferentialAction,
        /// ON UPDATE.
        on_update: ReferentialAction,
    },
    /// CHECK, as text.
    Check {
        /// The expression's text.
        expression: String,
    },
}

/// ON DELETE and ON UPDATE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReferentialAction {
    /// NO ACTION
    #[default]
    NoAction,
    /// RESTRICT
    Restrict,
    /// CASCADE
    Cascade,
    /// SET NULL
    SetNull,
    /// SET DEFAULT
    SetDefault,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its oid.
    pub oid: Oid,
    /// Name.
    pub name: String,
    /// SUPERUSER.
    pub superuser: bool,
    /// LOGIN.
    pub login: bool,
    /// REPLICATION.
    pub replication: bool,
    /// CONNECTION LIMIT, -1 for none.
    pub connection_limit: i32,
    /// Roles it is a member of (`pg_monitor`, `pg_signal_backend`…).
    pub member_of: Vec<String>,
}

impl Catalog {
    /// An empty database with a superuser `postgres`.
    pub fn new(database: &str) -> Catalog {
        let mut roles = BTreeMap::new();
        let postgres = Role {
            oid: Oid(10),
            name: "postgres".to_owned(),
            superuser: true,
            login: true,
            replication: true,
            connection_limit: -1,
            member_of: Vec::new(),
        };
        roles.insert(postgres.oid, postgres);
        Catalog {
            database: database.to_owned(),
            owner: "postgres".to_owned(),
            tables: BTreeMap::new(),
            indexes: BTreeMap::new(),
            constraints: BTreeMap::new(),
            roles,
            version: 1,
            next_oid: FIRST_NORMAL_OID,
        }
    }

    /// The next free oid.
    pub fn allocate_oid(&mut self) -> Oid {
        let oid = Oid(self.next_oid);
        self.next_oid += 1;
        oid
    }

    /// Tells plan caches that definitions or statistics changed.
    pub fn touch(&mut self) {
        self.version += 1;
    }

    /// Gives a table, its indexes and constraints the definitions that they have in `before`; what is not there, goes.
    pub fn restore_table(&mut self, before: &Catalog, oid: Oid) {
        if !self.tables.contains_key(&oid) && !before.tables.contains_key(&oid) {
            return;
        }
        self.tables.remove(&oid);
        self.indexes.retain(|_, index| index.table != oid);
        self.constraints.retain(|_, constraint| constraint.table != oid);
        if let Some(table) = before.tables.get(&oid) {
            self.tables.insert(oid, table.clone());
        }
        let indexes = before.indexes.iter().filter(|(_, index)| index.table == oid);
        self.indexes.extend(indexes.map(|(oid, index)| (*oid, index.clone())));
        let constraints = before.constraints.iter().filter(|(_, c)| c.table == oid);
        self.constraints.extend(constraints.map(|(oid, constraint)| (*oid, constraint.clone())));
        self.touch();
    }

    /// A table by name, with or without its schema.
    pub fn table_by_name(&self, name: &str) -> Option<&Table> {
        let bare = name.strip_prefix("public.").unwrap_or(name);
        self.tables.values().find(|t| t.name == bare)
    }

    /// An index by name, with or without its schema.
    pub fn index_by_name(&self, name: &str) -> Option<&Index> {
        let bare = name.strip_prefix("public.").unwrap_or(name);
        self.indexes.values().find(|i| i.name == bare)
    }

    /// A role by name.
    pub fn role_by_name(&self, name: &str) -> Option<&Role> {
        self.roles.values().find(|r| r.name == name)
    }

    /// Adds a role that may log in; answers the existing one's oid when the name is taken.
    pub fn add_role(&mut self, name: &str, member_of: &[&str]) -> Oid {
        if let Some(role) = self.role_by_name(name) {
            return role.oid;
        }
        let oid = self.allocate_oid();
        let member_of = member_of.iter().map(|r| (*r).to_owned()).collect();
        let role = Role {
            oid,
            name: name.to_owned(),
            superuser: false,
            login: true,
            replication: false,
            connection_limit: -1,
            member_of,
        };
        self.roles.insert(oid, role);
        oid
    }

    /// The indexes of a table, oldest first.
    pub fn indexes_of(&self, table: Oid) -> impl Iterator<Item = &Index> {
        let oids = self.tables.get(&table).map_or(&[][..], |t| &t.indexes);
        oids.iter().filter_map(|oid| self.indexes.get(oid))
    }

    /// The constraints of a table, oldest first.
    pub fn constraints_of(&self, table: Oid) -> impl Iterator<Item = &Constraint> {
        self.constraints.values().filter(move |c| c.table == table)
    }

    /// Foreign keys of other tables that reference this one.
    pub fn references_to(&self, table: Oid) -> impl Iterator<Item = &Constraint> {
        self.constraints.values().filter(move |c| match &c.kind {
            ConstraintKind::ForeignKey { references, .. } => *references == table,
            _ => false,
        })
    }
}

impl Table {
    /// A column that was not dropped, by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name && !c.dropped)
    }

    /// A column by attribute number (from 1).
    pub fn column_by_number(&self, number: u16) -> Option<&Column> {
        self.columns.get(usize::from(number).checked_sub(1)?)
    }
}

impl Index {
    /// True for a partial index.
    pub fn is_partial(&self) -> bool {
        !self.predicate.is_empty()
    }

    /// True where the key's columns are exactly these, in this order.
    pub fn covers_columns(&self, columns: &[u16]) -> bool {
        self.keys.len() == columns.len()
            && self.keys.iter().zip(columns).all(|(k, c)| k.source == KeySource::Column(*c))
    }
}
