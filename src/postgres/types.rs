//! PostgreSQL's built-in types as one table: oid, names, size, alignment, category.

use std::fmt;

/// A type, by the oid that `pg_type` gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(pub u32);

/// What `pg_type` says of a type that the planner and the catalog views need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeInfo {
    /// The type's oid.
    pub id: TypeId,
    /// `typname`
    pub name: &'static str,
    /// The name that `format_type` prints.
    pub sql_name: &'static str,
    /// `typlen`: bytes, or -1 for variable length, -2 for a C string.
    pub length: i16,
    /// `typalign` in bytes.
    pub align: u8,
    /// `typcategory`
    pub category: char,
    /// The oid of the array type over this one, 0 where there is none.
    pub array: u32,
    /// The element type's oid for arrays, else 0.
    pub element: u32,
    /// True for types with a collation.
    pub collatable: bool,
}

macro_rules! types {
    ($( $id:ident = $oid:literal, $name:literal, $sql:literal, $len:literal, $align:literal, $cat:literal, $array:literal, $element:literal, $coll:literal; )*) => {
        impl TypeId {
            $( #[doc = concat!("`", $sql, "`")] pub const $id: TypeId = TypeId($oid); )*
        }
        /// Every type the model knows, in the order of the declaration.
        pub static TYPES: &[TypeInfo] = &[
            $( TypeInfo { id: TypeId($oid), name: $name, sql_name: $sql, length: $len, align: $align, category: $cat, array: $array, element: $element, collatable: $coll }, )*
        ];
    };
}

types! {
    BOOL = 16, "bool", "boolean", 1, 1, 'B', 1000, 0, false;
    BYTEA = 17, "bytea", "bytea", -1, 4, 'U', 1001, 0, false;
    CHAR = 18, "char", "\"char\"", 1, 1, 'Z', 1002, 0, false;
    NAME = 19, "name", "name", 64, 1, 'S', 1003, 0, true;
    INT8 = 20, "int8", "bigint", 8, 8, 'N', 1016, 0, false;
    INT2 = 21, "int2", "smallint", 2, 2, 'N', 1005, 0, false;
    INT2VECTOR = 22, "int2vector", "int2vector", -1, 4, 'A', 1006, 21, false;
    INT4 = 23, "int4", "integer", 4, 4, 'N', 1007, 0, false;
    REGPROC = 24, "regproc", "regproc", 4, 4, 'N', 1008, 0, false;
    TEXT = 25, "text", "text", -1, 4, 'S', 1009, 0, true;
    OID = 26, "oid", "oid", 4, 4, 'N', 1028, 0, false;
    TID = 27, "tid", "tid", 6, 2, 'U', 1010, 0, false;
    XID = 28, "xid", "xid", 4, 4, 'U', 1011, 0, false;
    CID = 29, "cid", "cid", 4, 4, 'U', 1012, 0, false;
    OIDVECTOR = 30, "oidvector", "oidvector", -1, 4, 'A', 1013, 26, false;
    JSON = 114, "json", "json", -1, 4, 'U', 199, 0, false;
    XML = 142, "xml", "xml", -1, 4, 'U', 143, 0, false;
    PG_NODE_TREE = 194, "pg_node_tree", "pg_node_tree", -1, 4, 'Z', 0, 0, true;
    FLOAT4 = 700, "float4", "real", 4, 4, 'N', 1021, 0, false;
    FLOAT8 = 701, "float8", "double precision", 8, 8, 'N', 1022, 0, false;
    UNKNOWN = 705, "unknown", "unknown", -2, 1, 'X', 0, 0, false;
    MONEY = 790, "money", "money", 8, 8, 'N', 791, 0, false;
    MACADDR = 829, "macaddr", "macaddr", 6, 4, 'U', 1040, 0, false;
    CIDR = 650, "cidr", "cidr", -1, 4, 'I', 651, 0, false;
    INET = 869, "inet", "inet", -1, 4, 'I', 1041, 0, false;
    ACLITEM = 1033, "aclitem", "aclitem", 16, 8, 'U', 1034, 0, false;
    BPCHAR = 1042, "bpchar", "character", -1, 4, 'S', 1014, 0, true;
    VARCHAR = 1043, "varchar", "character varying", -1, 4, 'S', 1015, 0, true;
    DATE = 1082, "date", "date", 4, 4, 'D', 1182, 0, false;
    TIME = 1083, "time", "time without time zone", 8, 8, 'D', 1183, 0, false;
    TIMESTAMP = 1114, "timestamp", "timestamp without time zone", 8, 8, 'D', 1115, 0, false;
    TIMESTAMPTZ = 1184, "timestamptz", "timestamp with time zone", 8, 8, 'D', 1185, 0, false;
    INTERVAL = 1186, "interval", "interval", 16, 8, 'T', 1187, 0, false;
    TIMETZ = 1266, "timetz", "time with time zone", 12, 8, 'D', 1270, 0, false;
    BIT = 1560, "bit", "bit", -1, 4, 'V', 1561, 0, false;
    VARBIT = 1562, "varbit", "bit varying", -1, 4, 'V', 1563, 0, false;
    NUMERIC = 1700, "numeric", "numeric", -1, 4, 'N', 1231, 0, false;
    REFCURSOR = 1790, "refcursor", "refcursor", -1, 4, 'U', 2201, 0, true;
    REGPROCEDURE = 2202, "regprocedure", "regprocedure", 4, 4, 'N', 2207, 0, false;
    REGOPER = 2203, "regoper", "regoper", 4, 4, 'N', 2208, 0, false;
    REGCLASS = 2205, "regclass", "regclass", 4, 4, 'N', 2210, 0, false;
    REGTYPE = 2206, "regtype", "regtype", 4, 4, 'N', 2211, 0, false;
    RECORD = 2249, "record", "record", -1, 8, 'P', 2287, 0, false;
    CSTRING = 2275, "cstring", "cstring", -2, 1, 'P', 1263, 0, false;
    ANY = 2276, "any", "\"any\"", 4, 4, 'P', 0, 0, false;
    ANYARRAY = 2277, "anyarray", "anyarray", -1, 8, 'P', 0, 0, true;
    VOID = 2278, "void", "void", 4, 4, 'P', 0, 0, false;
    UUID = 2950, "uuid", "uuid", 16, 1, 'U', 2951, 0, false;
    PG_LSN = 3220, "pg_lsn", "pg_lsn", 8, 8, 'U', 3221, 0, false;
    TSVECTOR = 3614, "tsvector", "tsvector", -1, 4, 'U', 3643, 0, false;
    TSQUERY = 3615, "tsquery", "tsquery", -1, 4, 'U', 3645, 0, false;
    REGCONFIG = 3734, "regconfig", "regconfig", 4, 4, 'N', 3735, 0, false;
    JSONB = 3802, "jsonb", "jsonb", -1, 4, 'U', 3807, 0, false;
    JSONPATH = 4072, "jsonpath", "jsonpath", -1, 4, 'U', 4073, 0, false;
    REGNAMESPACE = 4089, "regnamespace", "regnamespace", 4, 4, 'N', 4090, 0, false;
    REGROLE = 4096, "regrole", "regrole", 4, 4, 'N', 4097, 0, false;
    XID8 = 5069, "xid8", "xid8", 8, 8, 'U', 271, 0, false;
    JSON_ARRAY = 199, "_json", "json[]", -1, 4, 'A', 0, 114, false;
    BOOL_ARRAY = 1000, "_bool", "boolean[]", -1, 4, 'A', 0, 16, false;
    BYTEA_ARRAY = 1001, "_bytea", "bytea[]", -1, 4, 'A', 0, 17, false;
    CHAR_ARRAY = 1002, "_char", "\"char\"[]", -1, 4, 'A', 0, 18, false;
    NAME_ARRAY = 1003, "_name", "name[]", -1, 4, 'A', 0, 19, true;
    INT2_ARRAY = 1005, "_int2", "smallint[]", -1, 4, 'A', 0, 21, false;
    INT4_ARRAY = 1007, "_int4", "integer[]", -1, 4, 'A', 0, 23, false;
    TEXT_ARRAY = 1009, "_text", "text[]", -1, 4, 'A', 0, 25, true;
    BPCHAR_ARRAY = 1014, "_bpchar", "character[]", -1, 4, 'A', 0, 1042, true;
    VARCHAR_ARRAY = 1015, "_varchar", "character varying[]", -1, 4, 'A', 0, 1043, true;
    INT8_ARRAY = 1016, "_int8", "bigint[]", -1, 8, 'A', 0, 20, false;
    FLOAT4_ARRAY = 1021, "_float4", "real[]", -1, 4, 'A', 0, 700, false;
    FLOAT8_ARRAY = 1022, "_float8", "double precision[]", -1, 8, 'A', 0, 701, false;
    OID_ARRAY = 1028, "_oid", "oid[]", -1, 4, 'A', 0, 26, false;
    ACLITEM_ARRAY = 1034, "_aclitem", "aclitem[]", -1, 8, 'A', 0, 1033, false;
    INET_ARRAY = 1041, "_inet", "inet[]", -1, 4, 'A', 0, 869, false;
    TIMESTAMP_ARRAY = 1115, "_timestamp", "timestamp without time zone[]", -1, 8, 'A', 0, 1114, false;
    DATE_ARRAY = 1182, "_date", "date[]", -1, 4, 'A', 0, 1082, false;
    TIMESTAMPTZ_ARRAY = 1185, "_timestamptz", "timestamp with time zone[]", -1, 8, 'A', 0, 1184, false;
    INTERVAL_ARRAY = 1187, "_interval", "interval[]", -1, 8, 'A', 0, 1186, false;
    NUMERIC_ARRAY = 1231, "_numeric", "numeric[]", -1, 4, 'A', 0, 1700, false;
    REGCLASS_ARRAY = 2210, "_regclass", "regclass[]", -1, 4, 'A', 0, 2205, false;
    REGTYPE_ARRAY = 2211, "_regtype", "regtype[]", -1, 4, 'A', 0, 2206, false;
    UUID_ARRAY = 2951, "_uuid", "uuid[]", -1, 1, 'A', 0, 2950, false;
    JSONB_ARRAY = 3807, "_jsonb", "jsonb[]", -1, 4, 'A', 0, 3802, false;
}

/// Other spellings that SQL allows for a type: (alias, `typname`).
const ALIASES: &[(&str, &str)] = &[
    ("int", "int4"),
    ("integer", "int4"),
    ("smallint", "int2"),
    ("bigint", "int8"),
    ("boolean", "bool"),
    ("real", "float4"),
    ("float", "float8"),
    ("double precision", "float8"),
    ("decimal", "numeric"),
    ("character varying", "varchar"),
    ("character", "bpchar"),
    ("serial", "int4"),
    ("serial4", "int4"),
    ("bigserial", "int8"),
    ("serial8", "int8"),
    ("smallserial", "int2"),
    ("timestamp without time zone", "timestamp"),
    ("timestamp with time zone", "timestamptz"),
    ("time without time zone", "time"),
    ("time with time zone", "timetz"),
    ("bit varying", "varbit"),
];

impl TypeId {
    /// The type's row. Types are made from the table only, so one is always found; an unknown oid answers `unknown`.
    pub fn info(self) -> &'static TypeInfo {
        TYPES.iter().find(|t| t.id == self).unwrap_or(&TYPES[20])
    }

    /// Finds a type by `typname` or any of SQL's spellings, arrays (`int[]`, `_int4`) included.
    pub fn by_name(name: &str) -> Option<TypeId> {
        let lower = name.trim().to_ascii_lowercase();
        let lower = lower.strip_prefix("pg_catalog.").unwrap_or(&lower);
        if let Some(element) = lower.strip_suffix("[]") {
            return TypeId::by_name(element)?.array();
        }
        let canonical = ALIASES.iter().find(|(alias, _)| *alias == lower).map_or(lower, |(_, n)| n);
        TYPES.iter().find(|t| t.name == canonical).map(|t| t.id)
    }

    /// The array type over this element type.
    pub fn array(self) -> Option<TypeId> {
        let array = self.info().array;
        TYPES.iter().find(|t| t.id.0 == array).map(|t| t.id)
    }

    /// The element type, for arrays.
    pub fn element(self) -> Option<TypeId> {
        match self.info().element {
            0 => None,
            oid => Some(TypeId(oid)),
        }
    }

    /// True for `text`, `varchar`, `bpchar` and `name`.
    pub fn is_string(self) -> bool {
        matches!(self, TypeId::TEXT | TypeId::VARCHAR | TypeId::BPCHAR | TypeId::NAME)
    }

    /// True for the integer types of `integer_ops`.
    pub fn is_integer(self) -> bool {
        matches!(self, TypeId::INT2 | TypeId::INT4 | TypeId::INT8)
    }

    /// True for types of category N that take part in arithmetic.
    pub fn is_number(self) -> bool {
        self.is_integer() || matches!(self, TypeId::FLOAT4 | TypeId::FLOAT8 | TypeId::NUMERIC)
    }

    /// `get_typavgwidth` of `lsyscache.c` with no type modifier: the width assumed where statistics are missing.
    pub fn default_width(self) -> i32 {
        let length = i32::from(self.info().length);
        if length > 0 { length } else { 32 }
    }
}

impl fmt::Display for TypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().sql_name)
    }
}

impl fmt::Debug for TypeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().name)
    }
}
