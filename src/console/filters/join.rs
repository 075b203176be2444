//! `join`: lines of two files that have a field in common.

use super::{lines, options, two_sources};
use crate::console::shell::options::{Flag, Parsed, flag, word};
use crate::console::shell::session::Session;
use crate::console::table::{Call, Group, Handler, Output, Tool, files};
use std::cmp::Ordering;

/// The command's row.
pub(crate) const TOOL: Tool = Tool {
    name: "join",
    aliases: &[],
    group: Group::Text,
    usage: "join [-t C] [-1 N] [-2 N] [-a FILENUM | -v FILENUM] [-o LIST] FILE1 FILE2",
    summary: "join lines of two files on a field",
    manual: "Prints a line for each pair of lines whose field is the same: the field, the rest of FILE1's line, the rest of FILE2's. Both must be sorted on the field; - is standard \
             input. LIST is 0 (the field) or FILENUM.N, joined by commas.",
    flags: FLAGS,
    complete: files,
    run: Handler::Filter(run),
};

const FLAGS: &[Flag] = &[
    flag('1', "", "N", "join on field N of FILE1"),
    flag('2', "", "N", "join on field N of FILE2"),
    flag('j', "", "N", "join on field N of both"),
    flag('t', "", "C", "C separates fields, instead of blanks"),
    flag('a', "", "FILENUM", "also lines of that file without a partner"),
    flag('v', "", "FILENUM", "only lines of that file without a partner"),
    flag('o', "", "LIST", "these fields"),
    flag('e', "", "TEXT", "TEXT for fields that -o asks for and aren't there"),
    flag('i', "ignore-case", "", "ignore case"),
    word('H', "header", "", "the first lines are headings"),
    word('N', "nocheck-order", "", "accepted"),
];

/// A line taken apart.
struct Row<'t> {
    fields: Vec<&'t str>,
    key: String,
}

/// How lines are taken apart and put together.
struct Layout<'a> {
    separator: Option<char>,
    keys: [usize; 2],
    list: Option<Vec<(usize, usize)>>,
    empty: &'a str,
}

fn run(call: &Call<'_>, session: &mut Session) -> Output {
    join(call, session).unwrap_or_else(|output| output)
}

fn join(call: &Call<'_>, session: &Session) -> Result<Output, Output> {
    let parsed = options(call, FLAGS, 1)?;
    let layout = layout(&parsed)?;
    let [first, second] = two_sources(call, &parsed.operands, session)?;
    let mut output = Output::default();
    let fold = parsed.has('i');
    let (left, right) = (layout.rows(&first.text, 0, fold), layout.rows(&second.text, 1, fold));
    let only = parsed.values('v').collect::<Vec<_>>();
    let also = |file: &str| only.contains(&file) || parsed.values('a').any(|given| given == file);
    let (alone, pairs) = ([also("1"), also("2")], only.is_empty());
    let mut out = String::new();
    let (mut a, mut b) = (0, 0);
    if parsed.has('H') && !left.is_empty() && !right.is_empty() {
        out.push_str(&layout.line(left.first(), right.first()));
        (a, b) = (1, 1);
    }
    while a < left.len() || b < right.len() {
        let order = match (left.get(a), right.get(b)) {
            (Some(left), Some(right)) => left.key.as_bytes().cmp(right.key.as_bytes()),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => {
                if alone[0] {
                    out.push_str(&layout.line(left.get(a), None));
                }
                a += 1;
            }
            Ordering::Greater => {
                if alone[1] {
                    out.push_str(&layout.line(None, right.get(b)));
                }
                b += 1;
            }
            Ordering::Equal => {
                let same = |rows: &[Row<'_>], from: usize, key: &str| {
                    from + rows[from..].iter().take_while(|row| row.key == key).count()
                };
                let (end_a, end_b) = (same(&left, a, &right[b].key), same(&right, b, &left[a].key));
                if pairs {
                    for one in &left[a..end_a] {
                        for other in &right[b..end_b] {
                            out.push_str(&layout.line(Some(one), Some(other)));
                        }
                    }
                }
                (a, b) = (end_a, end_b);
            }
        }
    }
    output.out(out);
    Ok(output)
}

fn layout(parsed: &Parsed) -> Result<Layout<'_>, Output> {
    let field = |key: char| match parsed.value(key).or(parsed.value('j')) {
        None => Ok(1),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|field| *field > 0)
            .ok_or_else(|| Output::failure(format!("join: invalid field number: '{text}'"))),
    };
    let list = match parsed.value('o') {
        None => None,
        Some(text) => {
            let item = |item: &str| {
                if item == "0" {
                    return Some((0, 0));
                }
                let (file, field) = item.split_once('.')?;
                let (file, field): (usize, usize) = (file.parse().ok()?, field.parse().ok()?);
                (matches!(file, 1 | 2) && field > 0).then_some((file, field))
            };
            let items: Option<Vec<(usize, usize)>> =
                text.split([',', ' ']).filter(|part| !part.is_empty()).map(item).collect();
            Some(items.ok_or_else(|| Output::failure(format!("join: invalid field specifier: '{text}'")))?)
        }
    };
    let separator = match parsed.value('t') {
        None => None,
        Some("\\t") => Some('\t'),
        Some(text) => text.chars().next(),
    };
    Ok(Layout { separator, keys: [field('1')?, field('2')?], list, empty: parsed.value('e').unwrap_or("") })
}

impl Layout<'_> {
    fn rows<'t>(&self, text: &'t str, file: usize, fold: bool) -> Vec<Row<'t>> {
        lines(text).into_iter().map(|line| self.row(line, file, fold)).collect()
    }

    fn row<'t>(&self, line: &'t str, file: usize, fold: bool) -> Row<'t> {
        let fields: Vec<&str> = match self.separator {
            Some(separator) => line.split(separator).collect(),
            None => line.split([' ', '\t']).filter(|field| !field.is_empty()).collect(),
        };
        let key = fields.get(self.keys[file] - 1).copied().unwrap_or("");
        Row { key: if fold { key.to_lowercase() } else { key.to_owned() }, fields }
    }

    fn line(&self, left: Option<&Row<'_>>, right: Option<&Row<'_>>) -> String {
        let sides = [left, right];
        let key_of = |file: usize| sides[file].and_then(|row| row.fields.get(self.keys[file] - 1).copied());
        let key = key_of(0).or(key_of(1)).unwrap_or("");
        let mut cells: Vec<&str> = Vec::new();
        match &self.list {
            Some(list) => {
                for (file, field) in list {
                    let cell = match file {
                        0 => Some(key),
                        _ => sides[file - 1].and_then(|row| row.fields.get(field - 1).copied()),
                    };
                    cells.push(cell.filter(|cell| !cell.is_empty()).unwrap_or(self.empty));
                }
            }
            None => {
                cells.push(key);
                for (file, row) in sides.iter().enumerate() {
                    let fields = row.iter().flat_map(|row| row.fields.iter().enumerate());
                    cells.extend(
                        fields.filter(|(place, _)| place + 1 != self.keys[file]).map(|(_, cell)| *cell),
                    );
                }
            }
        }
        let separator = self.separator.unwrap_or(' ').to_string();
        cells.join(&separator) + "\n"
    }
}
