//! `\d NAME`: one relation after another, with what hangs on each (`describeTableDetails`, `describeOneTableDetails`).

use super::pattern::conditions;
use super::{Asked, flag, rows, text};
use crate::console::tools::psql::print::{Layout, Texts};
use crate::postgres::query::Session;

pub(super) fn describe(
    session: &Session<'_>,
    asked: &Asked,
    pattern: &str,
    layout: &Layout<'_>,
) -> Result<String, String> {
    let sql = format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, am.amname FROM pg_catalog.pg_class c
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE true\n{}ORDER BY 2, 3",
        conditions(Some(pattern), "c.relname", "n.nspname", "pg_catalog.pg_table_is_visible(c.oid)")
    );
    let found = rows(session, &sql)?;
    if found.is_empty() {
        return Err(format!("Did not find any relation named \"{pattern}\"."));
    }
    let mut out = String::new();
    for row in found {
        let relation = Relation {
            session,
            oid: text(&row, 0).to_owned(),
            name: format!("{}.{}", text(&row, 1), text(&row, 2)),
            kind: text(&row, 3).chars().next().unwrap_or('r'),
            method: text(&row, 4).to_owned(),
            verbose: asked.verbose,
        };
        out.push_str(&relation.print(layout)?);
    }
    Ok(out)
}

struct Relation<'a> {
    session: &'a Session<'a>,
    oid: String,
    name: String,
    kind: char,
    method: String,
    verbose: bool,
}

impl Relation<'_> {
    fn is_index(&self) -> bool {
        matches!(self.kind, 'i' | 'I')
    }

    fn print(&self, layout: &Layout<'_>) -> Result<String, String> {
        let word = match self.kind {
            'r' => "Table",
            'v' => "View",
            'm' => "Materialized view",
            'i' => "Index",
            'S' => "Sequence",
            't' => "TOAST table",
            'p' => "Partitioned table",
            'I' => "Partitioned index",
            'f' => "Foreign table",
            _ => "?",
        };
        let mut texts = self.columns()?;
        texts.title = Some(format!("{word} \"{}\"", self.name));
        // psql prints no number of rows under a description.
        texts.footers = Some(Vec::new());
        match self.kind {
            'i' | 'I' => self.index_footer(&mut texts)?,
            'v' if self.verbose => self.view_definition(&mut texts)?,
            'r' | 'm' | 'p' => self.table_footers(&mut texts)?,
            _ => {}
        }
        Ok(texts.print(layout))
    }

    fn columns(&self) -> Result<Texts, String> {
        let mut names = vec!["Column", "Type"];
        let mut fields = vec!["a.attname", "pg_catalog.format_type(a.atttypid, a.atttypmod)"];
        if self.is_index() {
            names.extend(["Key?", "Definition"]);
            fields.extend([
                "CASE WHEN a.attnum <= (SELECT i.indnkeyatts FROM pg_catalog.pg_index i WHERE i.indexrelid = a.attrelid) THEN 'yes' ELSE 'no' END",
                "pg_catalog.pg_get_indexdef(a.attrelid, a.attnum, true)",
            ]);
        } else {
            names.extend(["Collation", "Nullable", "Default"]);
            fields.extend([
                "(SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t \
                 WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation)",
                "CASE WHEN a.attnotnull THEN 'not null' ELSE '' END",
                "(SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d \
                 WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef)",
            ]);
        }
        if self.verbose {
            names.push("Storage");
            fields.push(
                "CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'm' THEN 'main' WHEN 'x' THEN 'extended' WHEN 'e' THEN 'external' ELSE '???' END",
            );
            if matches!(self.kind, 'r' | 'p' | 'm') {
                names.push("Compression");
                fields.push("CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE '' END");
            }
            if matches!(self.kind, 'r' | 'i' | 'I' | 'm' | 'f' | 'p') {
                names.push("Stats target");
                fields.push("CASE WHEN a.attstattarget = -1 THEN NULL ELSE a.attstattarget END");
            }
            if !self.is_index() {
                names.push("Description");
                fields.push("pg_catalog.col_description(a.attrelid, a.attnum)");
            }
        }
        let sql = format!(
            "SELECT {}\nFROM pg_catalog.pg_attribute a\nWHERE a.attrelid = {} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            fields.join(", "),
            self.oid
        );
        Ok(Texts {
            columns: names.iter().map(|name| ((*name).to_owned(), false)).collect(),
            rows: rows(self.session, &sql)?
                .into_iter()
                .map(|row| row.into_iter().map(|field| Some(field.unwrap_or_default())).collect())
                .collect(),
            ..Texts::default()
        })
    }

    /// `primary key, btree, for table "public.orders"`.
    fn index_footer(&self, texts: &mut Texts) -> Result<(), String> {
        let sql = format!(
            "SELECT i.indisunique, i.indisprimary, i.indisclustered, i.indisvalid, i.indnullsnotdistinct, i.indisreplident, n.nspname, c2.relname,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid, true)
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c2 ON i.indrelid = c2.oid JOIN pg_catalog.pg_namespace n ON n.oid = c2.relnamespace
WHERE i.indexrelid = {}",
            self.oid
        );
        let found = rows(self.session, &sql)?;
        let Some(row) = found.first() else { return Ok(()) };
        let mut line = match (flag(row, 1), flag(row, 0)) {
            (true, _) => "primary key, ".to_owned(),
            (false, true) => format!("unique{}, ", if flag(row, 4) { " nulls not distinct" } else { "" }),
            _ => String::new(),
        };
        line.push_str(&format!("{}, for table \"{}.{}\"", self.method, text(row, 6), text(row, 7)));
        if !text(row, 8).is_empty() {
            line.push_str(&format!(", predicate ({})", text(row, 8)));
        }
        for (told, word) in
            [(flag(row, 2), "clustered"), (!flag(row, 3), "invalid"), (flag(row, 5), "replica identity")]
        {
            if told {
                line.push_str(&format!(", {word}"));
            }
        }
        texts.footer(line);
        Ok(())
    }

    fn view_definition(&self, texts: &mut Texts) -> Result<(), String> {
        let found =
            rows(self.session, &format!("SELECT pg_catalog.pg_get_viewdef({}::oid, true)", self.oid))?;
        let definition = found.first().map_or("", |row| text(row, 0));
        if !definition.is_empty() {
            texts.footer("View definition:");
            definition.lines().for_each(|line| texts.footer(line));
        }
        Ok(())
    }

    fn table_footers(&self, texts: &mut Texts) -> Result<(), String> {
        let oid = &self.oid;
        self.section(texts, "Indexes:", &format!(
            "SELECT format('    \"%s\"%s', c2.relname, CASE WHEN con.contype = 'x' THEN ' ' || pg_catalog.pg_get_constraintdef(con.oid, true)
    ELSE CASE WHEN i.indisprimary THEN ' PRIMARY KEY,' WHEN i.indisunique AND con.contype = 'u' THEN ' UNIQUE CONSTRAINT,'
      WHEN i.indisunique THEN ' UNIQUE,' ELSE '' END
      || regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid, 0, true), '^.* USING ', ' ')
      || CASE WHEN con.condeferrable THEN ' DEFERRABLE' ELSE '' END || CASE WHEN con.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END
      END || CASE WHEN i.indisclustered THEN ' CLUSTER' ELSE '' END || CASE WHEN NOT i.indisvalid THEN ' INVALID' ELSE '' END
      || CASE WHEN i.indisreplident THEN ' REPLICA IDENTITY' ELSE '' END)
FROM pg_catalog.pg_class c2, pg_catalog.pg_index i
  LEFT JOIN pg_catalog.pg_constraint con ON (conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p', 'u', 'x'))
WHERE i.indrelid = {oid} AND i.indexrelid = c2.oid ORDER BY i.indisprimary DESC, c2.relname"
        ))?;
        let constraint = |kind: char| {
            format!(
                "SELECT format('    \"%s\" %s', r.conname, pg_catalog.pg_get_constraintdef(r.oid, true)) FROM pg_catalog.pg_constraint r
WHERE r.conrelid = {oid} AND r.contype = '{kind}' ORDER BY r.conname"
            )
        };
        self.section(texts, "Check constraints:", &constraint('c'))?;
        self.section(texts, "Foreign-key constraints:", &constraint('f'))?;
        self.section(texts, "Referenced by:", &format!(
            "SELECT format('    TABLE \"%s\" CONSTRAINT \"%s\" %s', conrelid::pg_catalog.regclass, conname, pg_catalog.pg_get_constraintdef(oid, true))
FROM pg_catalog.pg_constraint WHERE confrelid = {oid} AND contype = 'f' ORDER BY conname"
        ))?;
        if self.verbose {
            self.section(texts, "Not-null constraints:", &format!(
                "SELECT format('    \"%s\" NOT NULL \"%s\"%s', co.conname, at.attname, CASE WHEN co.convalidated THEN '' ELSE ' NOT VALID' END)
FROM pg_catalog.pg_constraint co JOIN pg_catalog.pg_attribute at ON (at.attnum = co.conkey[1])
WHERE co.contype = 'n' AND co.conrelid = {oid} AND at.attrelid = {oid} ORDER BY at.attnum"
            ))?;
            if !self.method.is_empty() {
                texts.footer(format!("Access method: {}", self.method));
            }
            let options = rows(
                self.session,
                &format!(
                    "SELECT pg_catalog.array_to_string(reloptions, ', ') FROM pg_catalog.pg_class WHERE oid = {oid}"
                ),
            )?;
            if let Some(options) =
                options.first().map(|row| text(row, 0)).filter(|options| !options.is_empty())
            {
                texts.footer(format!("Options: {options}"));
            }
        }
        Ok(())
    }

    /// Lines under a heading, when there are any.
    fn section(&self, texts: &mut Texts, heading: &str, sql: &str) -> Result<(), String> {
        let lines = rows(self.session, sql)?;
        if !lines.is_empty() {
            texts.footer(heading);
        }
        lines.iter().for_each(|row| texts.footer(text(row, 0)));
        Ok(())
    }
}
