//! The lists: relations by kind, and one row a list for the others.

use super::pattern::conditions;
use super::{Asked, table};
use crate::console::tools::psql::print::Layout;
use crate::postgres::query::Session;

/// Kinds of relations: letter, `relkind`, the list's name.
const KINDS: &[(char, &[char], &str)] = &[
    ('t', &['r', 'p'], "tables"),
    ('i', &['i', 'I'], "indexes"),
    ('v', &['v'], "views"),
    ('m', &['m'], "materialized views"),
    ('s', &['S'], "sequences"),
    ('E', &['f'], "foreign tables"),
];

/// `\dt`, `\di`, `\dv` and their combinations (`listTables`).
pub(super) fn relations(
    session: &Session<'_>,
    asked: &Asked,
    pattern: Option<&str>,
    layout: &Layout<'_>,
) -> Result<String, String> {
    let wanted: Vec<_> = KINDS.iter().filter(|(letter, ..)| asked.letters[1..].contains(*letter)).collect();
    let shows = |letter: char| asked.letters[1..].contains(letter);
    let kinds: Vec<String> =
        wanted.iter().flat_map(|(_, kinds, _)| kinds.iter()).map(|kind| format!("'{kind}'")).collect();
    let what = if let [(_, _, one)] = wanted.as_slice() { one } else { "relations" };
    let mut columns = String::from(
        "SELECT n.nspname AS \"Schema\", c.relname AS \"Name\",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' \
         WHEN 'S' THEN 'sequence' WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' \
         WHEN 'I' THEN 'partitioned index' END AS \"Type\",
  pg_catalog.pg_get_userbyid(c.relowner) AS \"Owner\"",
    );
    if shows('i') {
        columns.push_str(",\n  c2.relname AS \"Table\"");
    }
    if asked.verbose {
        columns.push_str(
            ",\n  CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 't' THEN 'temporary' WHEN 'u' THEN 'unlogged' END AS \"Persistence\"",
        );
        if shows('t') || shows('m') || shows('i') {
            columns.push_str(",\n  am.amname AS \"Access method\"");
        }
        columns.push_str(
            ",\n  pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) AS \"Size\",
  pg_catalog.obj_description(c.oid, 'pg_class') AS \"Description\"",
        );
    }
    let hidden = if asked.system || pattern.is_some() {
        ""
    } else {
        "  AND n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_toast' AND n.nspname <> 'information_schema'\n"
    };
    let sql = format!(
        "{columns}
FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  LEFT JOIN pg_catalog.pg_class c2 ON i.indrelid = c2.oid
WHERE c.relkind IN ({})
{hidden}{}ORDER BY 1, 2",
        kinds.join(", "),
        conditions(pattern, "c.relname", "n.nspname", "pg_catalog.pg_table_is_visible(c.oid)"),
    );
    let list = table(session, &sql, &format!("List of {what}"))?;
    if list.rows.is_empty() {
        return Err(match pattern {
            Some(pattern) => format!("Did not find any {what} named \"{pattern}\"."),
            None => format!("Did not find any {what}."),
        });
    }
    Ok(list.print(layout))
}

/// One list.
pub(super) struct List {
    /// The command's letters.
    pub(super) names: &'static [&'static str],
    title: &'static str,
    columns: &'static str,
    /// Columns that `+` adds.
    more: &'static str,
    from: &'static str,
    condition: &'static str,
    /// What leaves the system's own objects out, without `S` and without a pattern.
    own: &'static str,
    /// The name, the schema and the visibility that a pattern is about; empty where there is none.
    pattern: (&'static str, &'static str, &'static str),
    order: &'static str,
    /// psql prints the number of rows under some lists only.
    counted: bool,
}

const PLAIN: List = List {
    names: &[],
    title: "",
    columns: "",
    more: "",
    from: "",
    condition: "true",
    own: "",
    pattern: ("", "", ""),
    order: "1",
    counted: true,
};

/// In the order of the letters.
pub(super) const LISTS: &[List] = &[
    List {
        names: &["l", "list"],
        title: "List of databases",
        columns: "d.datname AS \"Name\", pg_get_userbyid(d.datdba) AS \"Owner\", pg_encoding_to_char(d.encoding) AS \"Encoding\",
  CASE d.datlocprovider WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END AS \"Locale Provider\",
  d.datcollate AS \"Collate\", d.datctype AS \"Ctype\", d.datlocale AS \"Locale\", d.daticurules AS \"ICU Rules\",
  CASE WHEN pg_catalog.array_length(d.datacl, 1) = 0 THEN '(none)' ELSE array_to_string(d.datacl, E'\\n') END AS \"Access privileges\"",
        more: ", CASE WHEN has_database_privilege(d.datname, 'CONNECT') THEN pg_size_pretty(pg_database_size(d.datname)) ELSE 'No Access' END AS \"Size\",
  t.spcname AS \"Tablespace\", shobj_description(d.oid, 'pg_database') AS \"Description\"",
        from: "pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON d.dattablespace = t.oid",
        pattern: ("d.datname", "", ""),
        ..PLAIN
    },
    List {
        names: &["dn"],
        title: "List of schemas",
        columns: "n.nspname AS \"Name\", pg_get_userbyid(n.nspowner) AS \"Owner\"",
        more: ", array_to_string(n.nspacl, E'\\n') AS \"Access privileges\", obj_description(n.oid, 'pg_namespace') AS \"Description\"",
        from: "pg_catalog.pg_namespace n",
        own: "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
        pattern: ("n.nspname", "", ""),
        ..PLAIN
    },
    List {
        names: &["du", "dg"],
        title: "List of roles",
        columns: "r.rolname AS \"Role name\",
  concat_ws(', ', CASE WHEN r.rolsuper THEN 'Superuser' END, CASE WHEN NOT r.rolinherit THEN 'No inheritance' END,
    CASE WHEN r.rolcreaterole THEN 'Create role' END, CASE WHEN r.rolcreatedb THEN 'Create DB' END,
    CASE WHEN NOT r.rolcanlogin THEN 'Cannot login' END, CASE WHEN r.rolreplication THEN 'Replication' END,
    CASE WHEN r.rolbypassrls THEN 'Bypass RLS' END)
    || CASE WHEN r.rolconnlimit = 0 THEN E'\\nNo connections' WHEN r.rolconnlimit = 1 THEN E'\\n1 connection'
       WHEN r.rolconnlimit > 1 THEN E'\\n' || r.rolconnlimit || ' connections' ELSE '' END AS \"Attributes\"",
        more: ", shobj_description(r.oid, 'pg_authid') AS \"Description\"",
        from: "pg_catalog.pg_roles r",
        own: "r.rolname !~ '^pg_'",
        pattern: ("r.rolname", "", ""),
        counted: false,
        ..PLAIN
    },
    List {
        names: &["drg"],
        title: "List of role grants",
        columns: "m.rolname AS \"Role name\", r.rolname AS \"Member of\",
  concat_ws(', ', CASE WHEN pam.admin_option THEN 'ADMIN' END, CASE WHEN pam.inherit_option THEN 'INHERIT' END,
    CASE WHEN pam.set_option THEN 'SET' END) AS \"Options\", g.rolname AS \"Grantor\"",
        from: "pg_catalog.pg_roles m JOIN pg_catalog.pg_auth_members pam ON pam.member = m.oid
  LEFT JOIN pg_catalog.pg_roles r ON pam.roleid = r.oid LEFT JOIN pg_catalog.pg_roles g ON pam.grantor = g.oid",
        own: "m.rolname !~ '^pg_'",
        pattern: ("m.rolname", "", ""),
        order: "1, 2, 4",
        ..PLAIN
    },
    List {
        names: &["dx"],
        title: "List of installed extensions",
        columns: "e.extname AS \"Name\", e.extversion AS \"Version\", ae.default_version AS \"Default version\", n.nspname AS \"Schema\",
  ae.comment AS \"Description\"",
        from: "pg_catalog.pg_extension e LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN pg_catalog.pg_available_extensions ae ON ae.name = e.extname",
        pattern: ("e.extname", "", ""),
        ..PLAIN
    },
    List {
        names: &["db"],
        title: "List of tablespaces",
        columns: "spcname AS \"Name\", pg_get_userbyid(spcowner) AS \"Owner\", pg_tablespace_location(oid) AS \"Location\"",
        more: ", array_to_string(spcacl, E'\\n') AS \"Access privileges\", spcoptions AS \"Options\",
  pg_size_pretty(pg_tablespace_size(oid)) AS \"Size\", shobj_description(oid, 'pg_tablespace') AS \"Description\"",
        from: "pg_catalog.pg_tablespace",
        pattern: ("spcname", "", ""),
        ..PLAIN
    },
    List {
        names: &["df", "dfa", "dfn", "dfw"],
        title: "List of functions",
        columns: "n.nspname AS \"Schema\", p.proname AS \"Name\", pg_get_function_result(p.oid) AS \"Result data type\",
  pg_get_function_arguments(p.oid) AS \"Argument data types\",
  CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc' ELSE 'func' END AS \"Type\"",
        more: ", CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' WHEN 'v' THEN 'volatile' END AS \"Volatility\",
  CASE p.proparallel WHEN 'r' THEN 'restricted' WHEN 's' THEN 'safe' WHEN 'u' THEN 'unsafe' END AS \"Parallel\",
  pg_get_userbyid(p.proowner) AS \"Owner\", CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END AS \"Security\",
  CASE WHEN p.proleakproof THEN 'yes' ELSE 'no' END AS \"Leakproof?\", array_to_string(p.proacl, E'\\n') AS \"Access privileges\",
  l.lanname AS \"Language\", CASE WHEN l.lanname IN ('internal', 'c') THEN p.prosrc END AS \"Internal name\",
  obj_description(p.oid, 'pg_proc') AS \"Description\"",
        from: "pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang",
        own: "n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'",
        pattern: ("p.proname", "n.nspname", "pg_catalog.pg_function_is_visible(p.oid)"),
        order: "1, 2, 4",
        ..PLAIN
    },
    List {
        names: &["dT"],
        title: "List of data types",
        columns: "n.nspname AS \"Schema\", format_type(t.oid, NULL) AS \"Name\", obj_description(t.oid, 'pg_type') AS \"Description\"",
        from: "pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace",
        condition: "t.typrelid = 0 AND t.typcategory <> 'A'",
        own: "n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'",
        pattern: ("t.typname", "n.nspname", "pg_catalog.pg_type_is_visible(t.oid)"),
        order: "1, 2",
        ..PLAIN
    },
    List {
        names: &["dp", "z"],
        title: "Access privileges",
        columns: "n.nspname AS \"Schema\", c.relname AS \"Name\",
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
    WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' END AS \"Type\",
  CASE WHEN pg_catalog.array_length(c.relacl, 1) = 0 THEN '(none)' ELSE array_to_string(c.relacl, E'\\n') END AS \"Access privileges\",
  array_to_string(ARRAY(SELECT attname || E':\\n  ' || array_to_string(attacl, E'\\n  ') FROM pg_catalog.pg_attribute a
    WHERE attrelid = c.oid AND NOT attisdropped AND attacl IS NOT NULL), E'\\n') AS \"Column privileges\",
  array_to_string(ARRAY(SELECT polname::text FROM pg_catalog.pg_policy pol WHERE polrelid = c.oid), E'\\n') AS \"Policies\"",
        from: "pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        condition: "c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')",
        own: "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'",
        pattern: ("c.relname", "n.nspname", "pg_catalog.pg_table_is_visible(c.oid)"),
        order: "1, 2",
        ..PLAIN
    },
    List {
        names: &["dconfig"],
        title: "List of non-default configuration parameters",
        columns: "s.name AS \"Parameter\", current_setting(s.name) AS \"Value\"",
        more: ", s.vartype AS \"Type\", s.context AS \"Context\"",
        from: "pg_catalog.pg_settings s",
        own: "s.source <> 'default' AND s.setting IS DISTINCT FROM s.boot_val",
        pattern: ("lower(s.name)", "", ""),
        order: "lower(s.name)",
        ..PLAIN
    },
    List {
        names: &["dA"],
        title: "List of access methods",
        columns: "amname AS \"Name\", CASE amtype WHEN 'i' THEN 'Index' WHEN 't' THEN 'Table' END AS \"Type\"",
        from: "pg_catalog.pg_am",
        pattern: ("amname", "", ""),
        ..PLAIN
    },
    List {
        names: &["dL"],
        title: "List of languages",
        columns: "l.lanname AS \"Name\", pg_get_userbyid(l.lanowner) AS \"Owner\", l.lanpltrusted AS \"Trusted\",
  obj_description(l.oid, 'pg_language') AS \"Description\"",
        from: "pg_catalog.pg_language l",
        own: "l.lanplcallfoid <> 0 OR l.lanispl",
        pattern: ("l.lanname", "", ""),
        ..PLAIN
    },
    List {
        names: &["dRp"],
        title: "List of publications",
        columns: "pubname AS \"Name\", pg_get_userbyid(pubowner) AS \"Owner\", puballtables AS \"All tables\", pubinsert AS \"Inserts\",
  pubupdate AS \"Updates\", pubdelete AS \"Deletes\", pubtruncate AS \"Truncates\", pubviaroot AS \"Via root\"",
        from: "pg_catalog.pg_publication",
        pattern: ("pubname", "", ""),
        ..PLAIN
    },
    List {
        names: &["dy"],
        title: "List of event triggers",
        columns: "evtname AS \"Name\", evtevent AS \"Event\", pg_get_userbyid(evtowner) AS \"Owner\"",
        from: "pg_catalog.pg_event_trigger",
        pattern: ("evtname", "", ""),
        ..PLAIN
    },
];

impl List {
    pub(super) fn print(
        &self,
        session: &Session<'_>,
        asked: &Asked,
        pattern: Option<&str>,
        layout: &Layout<'_>,
    ) -> Result<String, String> {
        let own = if self.own.is_empty() || asked.system || pattern.is_some() {
            String::new()
        } else {
            format!("  AND ({})\n", self.own)
        };
        let (name, schema, visible) = self.pattern;
        let sql = format!(
            "SELECT {}{}\nFROM {}\nWHERE {}\n{own}{}ORDER BY {}",
            self.columns,
            if asked.verbose { self.more } else { "" },
            self.from,
            self.condition,
            conditions(pattern, name, schema, visible),
            self.order
        );
        let mut list = table(session, &sql, self.title)?;
        if !self.counted {
            list.footers = Some(Vec::new());
        }
        Ok(list.print(layout))
    }
}
