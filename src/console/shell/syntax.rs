//! What a command line means, as a tree: lists of pipelines of simple commands. The subset of POSIX.1 "Shell Command
//! Language" that people type at a prompt; no loops, functions or conditionals.

/// A part of a word. Text inside quotes is never split into fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Text as it stands.
    Literal {
        /// The characters, quotes and escapes already removed.
        text: String,
        /// Whether it stood in quotes.
        quoted: bool,
    },
    /// `$NAME`, `${NAME}` or `${NAME:-default}`.
    Variable {
        /// The variable's name, or one of `?` and `#`.
        name: String,
        /// What stands in for an unset or empty variable.
        default: Option<String>,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
    /// `$(…)` or backquotes: the output of a list.
    Substitution {
        /// What runs.
        list: List,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
}

/// One shell word before expansion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Word(pub(crate) Vec<Piece>);

/// Where a redirection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// `> file`, `>> file`: standard output into a scratch file.
    Output {
        /// The file's name.
        file: Word,
        /// `>>` rather than `>`.
        append: bool,
    },
    /// `2> file`, `2>> file`.
    Errors {
        /// The file's name.
        file: Word,
        /// `2>>` rather than `2>`.
        append: bool,
    },
    /// `2>&1`.
    ErrorsToOutput,
    /// `>&2`, `1>&2`.
    OutputToErrors,
    /// `&> file`.
    Both {
        /// The file's name.
        file: Word,
    },
    /// `< file`.
    Input {
        /// The file's name.
        file: Word,
    },
    /// `<<< word`.
    Text {
        /// The word that becomes standard input, with a line end.
        word: Word,
    },
}

/// A simple command: assignments, words, redirections.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Command {
    /// `NAME=word` before the command's name.
    pub(crate) assignments: Vec<(String, Word)>,
    /// The name and its arguments.
    pub(crate) words: Vec<Word>,
    /// Redirections in the order written.
    pub(crate) redirects: Vec<Redirect>,
}

/// Commands joined by `|`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Pipeline {
    /// The commands, first to last.
    pub(crate) commands: Vec<Command>,
    /// `! pipeline`: success and failure change places.
    pub(crate) negated: bool,
    /// `pipeline &`.
    pub(crate) background: bool,
    /// The pipeline as typed, for `jobs`.
    pub(crate) text: String,
}

/// When a pipeline runs, given the status of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Connector {
    /// `;`, a line end, or the first.
    Always,
    /// `&&`: after success.
    And,
    /// `||`: after failure.
    Or,
}

/// Pipelines with what joins each to the one before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct List(pub(crate) Vec<(Connector, Pipeline)>);

impl Word {
    /// A word of one literal, as from a quoted argument.
    pub(crate) fn literal(text: &str) -> Word {
        Word(vec![Piece::Literal { text: text.to_owned(), quoted: true }])
    }
}

impl List {
    /// A list of one simple command with the words given, none of them expanded again.
    pub(crate) fn simple(words: &[String]) -> List {
        let command =
            Command { words: words.iter().map(|word| Word::literal(word)).collect(), ..Command::default() };
        let pipeline = Pipeline { commands: vec![command], text: words.join(" "), ..Pipeline::default() };
        List(vec![(Connector::Always, pipeline)])
    }
}
