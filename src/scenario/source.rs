//! The text of a RON file as a tree with positions.
//!
//! The RON reader gives values without saying where they stood, and stops at its first error. This tree knows nothing of
//! the format's meaning, only brackets, names, strings and commas: enough to say where the third page's second request is,
//! and to cut an element out that the reader refused so that it can go on with the rest.

/// How deep brackets may be nested; deeper ones are read as flat text.
const MAX_DEPTH: usize = 64;

/// A file's text and its tree.
#[derive(Debug)]
pub(super) struct Source<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

/// A value: where it stands, what it is called, what is in it.
#[derive(Debug, Default)]
struct Node {
    /// The field's name, if it is a named field.
    name: Option<(usize, usize)>,
    start: usize,
    end: usize,
    /// `(`, `[` or `{` for what has children, `"` for a string, `a` for anything else.
    kind: u8,
    parent: usize,
    children: Vec<usize>,
}

/// A place in a source: a node, or a piece of text inside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    source: &'a Source<'a>,
    node: usize,
    offset: usize,
}

impl<'a> Source<'a> {
    /// Reads the brackets of `text`; never fails, unbalanced text gives a tree of what there is.
    pub(super) fn new(text: &'a str) -> Self {
        let mut reader = Reader { bytes: text.as_bytes(), at: 0, nodes: Vec::new() };
        reader.skip_blank();
        if reader.bytes[reader.at..].starts_with(b"#!") {
            reader.at += text[reader.at..].find(']').map_or(0, |end| end + 1);
        }
        reader.value(0, None, 0);
        Self { text, nodes: reader.nodes }
    }

    /// The outermost value.
    pub(super) fn root(&'a self) -> Place<'a> {
        Place { source: self, node: 0, offset: self.nodes[0].start }
    }

    /// Line and column, from 1, of a byte offset.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..offset.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }

    /// The byte offset of a line and column, both from 1.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let start: usize = self.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = &self.text[start.min(self.text.len())..];
        start + rest.chars().take(column - 1).map(char::len_utf8).sum::<usize>()
    }

    /// The named field that holds `offset` most closely: from the start of its name to the end of its value.
    pub(super) fn field_around(&self, offset: usize) -> Option<(usize, usize)> {
        let mut node = self.innermost(offset);
        loop {
            if let Some((start, _)) = self.nodes[node].name {
                return Some((start, self.nodes[node].end));
            }
            if node == 0 {
                return None;
            }
            node = self.nodes[node].parent;
        }
    }

    /// The element of a list that holds `offset` most closely.
    pub(super) fn element_around(&self, offset: usize) -> Option<(usize, usize)> {
        let mut node = self.innermost(offset);
        while node != 0 {
            let parent = self.nodes[node].parent;
            if self.nodes[parent].kind == b'[' {
                return Some((self.nodes[node].start, self.nodes[node].end));
            }
            node = parent;
        }
        None
    }

    /// The start of the brackets of the struct that holds `offset` most closely.
    pub(super) fn struct_around(&self, offset: usize) -> usize {
        let mut node = self.innermost(offset);
        while node != 0 && self.nodes[node].kind != b'(' {
            node = self.nodes[node].parent;
        }
        self.nodes[node].start
    }

    fn innermost(&self, offset: usize) -> usize {
        let mut node = 0;
        while let Some(inner) = self.nodes[node].children.iter().copied().find(|child| {
            let start = self.nodes[*child].name.map_or(self.nodes[*child].start, |name| name.0);
            (start..=self.nodes[*child].end).contains(&offset)
        }) {
            node = inner;
        }
        node
    }
}

impl<'a> Place<'a> {
    /// The named field of this value; this place when there is none.
    pub(super) fn field(self, name: &str) -> Self {
        let children = &self.source.nodes[self.node].children;
        let found = children.iter().find(|child| {
            self.source.nodes[**child].name.is_some_and(|(start, end)| &self.source.text[start..end] == name)
        });
        found.map_or(self, |child| self.at(*child))
    }

    /// The element `index` of this value; this place when there is none.
    pub(super) fn item(self, index: usize) -> Self {
        self.source.nodes[self.node].children.get(index).map_or(self, |child| self.at(*child))
    }

    /// The first string or word in this value that reads `text`; this place when there is none.
    pub(super) fn word(self, text: &str) -> Self {
        self.first(self.node, text).map_or(self, |node| self.at(node))
    }

    /// The place of a piece of text inside this value, quotes not looked at; this place when there is none.
    pub(super) fn piece(self, text: &str) -> Self {
        let node = &self.source.nodes[self.node];
        match self.source.text[node.start..node.end].find(text) {
            Some(at) => Place { offset: node.start + at, ..self },
            None => self,
        }
    }

    /// Line and column, from 1.
    pub(super) fn position(self) -> (usize, usize) {
        self.source.position(self.offset)
    }

    fn at(self, node: usize) -> Self {
        Place { source: self.source, node, offset: self.source.nodes[node].start }
    }

    fn first(self, node: usize, text: &str) -> Option<usize> {
        let here = &self.source.nodes[node];
        let written = &self.source.text[here.start..here.end];
        if here.children.is_empty() && written.trim_matches('"') == text {
            return Some(node);
        }
        here.children.iter().find_map(|child| self.first(*child, text))
    }
}

/// Reads a text once, from left to right.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    /// Reads one value, with its name already read.
    fn value(&mut self, parent: usize, name: Option<(usize, usize)>, depth: usize) -> usize {
        self.skip_blank();
        let index = self.nodes.len();
        let start = self.at;
        self.nodes.push(Node { name, start, end: start, kind: b'a', parent, children: Vec::new() });
        // A variant's or a struct's name may stand before the bracket.
        self.skip_word();
        let after_word = self.at;
        self.skip_blank();
        match self.peek() {
            Some(b'"') if after_word == start => {
                self.nodes[index].kind = b'"';
                self.skip_string();
            }
            Some(open @ (b'(' | b'[' | b'{')) if depth < MAX_DEPTH => {
                self.nodes[index].kind = open;
                self.at += 1;
                self.children(index, depth);
            }
            _ => {
                self.at = after_word;
                self.skip_atom();
            }
        }
        self.nodes[index].end = self.at;
        index
    }

    /// Reads values up to the closing bracket, whichever it is.
    fn children(&mut self, parent: usize, depth: usize) {
        loop {
            self.skip_blank();
            match self.peek() {
                None => return,
                Some(b')' | b']' | b'}') => {
                    self.at += 1;
                    return;
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    let before = self.at;
                    let name = self.name();
                    let child = self.value(parent, name, depth + 1);
                    self.nodes[parent].children.push(child);
                    // Text that no rule takes must not hold the reader up.
                    self.at = self.at.max(before + 1);
                }
            }
        }
    }

    /// Reads `name:` if that is what comes.
    fn name(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        self.skip_word();
        let end = self.at;
        self.skip_blank();
        if end > start && self.peek() == Some(b':') {
            self.at += 1;
            return Some((start, end));
        }
        self.at = start;
        None
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_word(&mut self) {
        // A raw string's `r"` and `r#"` are not words.
        if self.peek() == Some(b'r') && matches!(self.bytes.get(self.at + 1), Some(b'"' | b'#')) {
            return;
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
    }

    fn skip_atom(&mut self) {
        if self.peek() == Some(b'r') {
            self.skip_raw_string();
        }
        while self.peek().is_some_and(|byte| !byte.is_ascii_whitespace() && !b",)]}".contains(&byte)) {
            self.at += 1;
        }
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    fn skip_raw_string(&mut self) {
        let hashes = self.bytes[self.at + 1..].iter().take_while(|byte| **byte == b'#').count();
        let open = self.at + 1 + hashes;
        if self.bytes.get(open) != Some(&b'"') {
            return;
        }
        let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
        let rest = &self.bytes[open + 1..];
        let length = rest.windows(close.len()).position(|window| window == close).unwrap_or(rest.len());
        self.at = (open + 1 + length + close.len()).min(self.bytes.len());
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = &self.bytes[self.at..];
            if rest.first().is_some_and(u8::is_ascii_whitespace) {
                self.at += 1;
            } else if rest.starts_with(b"//") {
                self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            } else if rest.starts_with(b"/*") {
                let end = rest.windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |at| at + 2);
                self.at += end;
            } else {
                return;
            }
        }
    }
}
