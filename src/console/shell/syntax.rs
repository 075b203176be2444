//! What a command line means, as a tree: lists of pipelines of commands, simple or compound. The subset of POSIX.1 "Shell
//! Command Language", with bash's `[[ ]]`, `(( ))`, `<<<` and `< <( )`, that people type at a prompt and put into scripts.

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
    /// `$NAME`, `${NAME}`, `${NAME:-word}` and its like.
    Variable {
        /// The variable's name, or one of `?`, `#`, `@`, `*`, `!` and digits.
        name: String,
        /// `${NAME[index]}`: which of an array's elements; `@` and `*` are all of them.
        index: Option<Word>,
        /// What is made of its value.
        change: Change,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
    /// `$((…))`.
    Arithmetic {
        /// The expression, its variables not yet expanded.
        word: Word,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
    /// `<(…)`: the name of a file with the output of a list.
    Process {
        /// What runs.
        list: List,
    },
    /// `$(…)` or backquotes: the output of a list.
    Substitution {
        /// What runs.
        list: List,
        /// Whether it stood in double quotes.
        quoted: bool,
    },
}

/// What a parameter expansion makes of the value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Change {
    /// Nothing.
    #[default]
    None,
    /// `${NAME:-word}`: the word when it is unset or empty.
    Default(Word),
    /// `${NAME:=word}`: as [`Change::Default`], and the variable is set to it.
    Assign(Word),
    /// `${NAME:?word}`: a complaint when it is unset or empty.
    Required(Word),
    /// `${NAME:+word}`: the word when it is set and not empty.
    Alternative(Word),
    /// `${#NAME}`: its length in characters; `${#NAME[@]}`: the number of elements.
    Length,
    /// `${!NAME[@]}`: an array's keys; `${!NAME}`: the variable whose name is its value.
    Indirect,
    /// `${NAME^}`, `${NAME^^}`, `${NAME,}`, `${NAME,,}`: upper or lower case.
    Case {
        /// `^`.
        upper: bool,
        /// All characters rather than the first.
        all: bool,
    },
    /// `${NAME#pattern}`, `${NAME##pattern}`: without the shortest or longest head that matches.
    Head {
        /// The pattern.
        pattern: Word,
        /// `##`.
        longest: bool,
    },
    /// `${NAME%pattern}`, `${NAME%%pattern}`: without the shortest or longest tail that matches.
    Tail {
        /// The pattern.
        pattern: Word,
        /// `%%`.
        longest: bool,
    },
    /// `${NAME/text/word}`, `${NAME//text/word}`.
    Replace {
        /// What is replaced: a pattern; the longest match.
        text: Word,
        /// By what.
        with: Word,
        /// `//`.
        all: bool,
    },
    /// `${NAME:start:length}`.
    Part {
        /// An expression for the first character; from the end when negative.
        start: Word,
        /// An expression for the number of characters; all that follow when none.
        length: Option<Word>,
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
    /// `<<< word`, and `< <(list)`.
    Text {
        /// The word that becomes standard input, with a line end unless it is an empty list's output.
        word: Word,
        /// `< <(list)`.
        process: bool,
    },
    /// `<< DELIMITER`.
    Document {
        /// The lines up to the delimiter.
        word: Word,
    },
}

/// `NAME=value` before a command, or by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// The variable.
    pub(crate) name: String,
    /// `NAME[index]=…`.
    pub(crate) index: Option<Word>,
    /// `+=`: added to what is there.
    pub(crate) append: bool,
    /// What it is set to.
    pub(crate) value: AssignedValue,
}

/// What a variable is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AssignedValue {
    /// A text.
    Text(Word),
    /// `(word …)`: an array's elements, each perhaps with its key (`[key]=word`).
    Elements(Vec<(Option<Word>, Word)>),
}

/// A command: assignments, words, redirections; or a compound one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Command {
    /// `NAME=word` before the command's name.
    pub(crate) assignments: Vec<Assignment>,
    /// The name and its arguments; the words of a `for`, the subject of a `case`.
    pub(crate) words: Vec<Word>,
    /// Redirections in the order written.
    pub(crate) redirects: Vec<Redirect>,
    /// What it is made of, when it is a compound command.
    pub(crate) compound: Option<Box<Compound>>,
}

/// A compound command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Compound {
    /// `for NAME in words; do body; done`.
    For {
        /// The variable.
        name: String,
        /// Runs for each word.
        body: List,
    },
    /// `while condition; do body; done`, `until …`, `for ((first; condition; again)); do body; done`.
    While {
        /// Runs before each turn but the first.
        again: Option<List>,
        /// Runs before each turn.
        condition: List,
        /// Runs while the condition succeeds, or fails for `until`.
        body: List,
        /// `until`.
        until: bool,
    },
    /// `if condition; then body; elif …; else …; fi`.
    If {
        /// Conditions with their bodies.
        branches: Vec<(List, List)>,
        /// `else`.
        otherwise: Option<List>,
    },
    /// `case word in pattern | pattern) body;; … esac`.
    Case {
        /// Patterns with their bodies.
        arms: Vec<(Vec<Word>, List)>,
    },
    /// `{ list; }`.
    Group(List),
    /// `( list )`: variables set inside are forgotten after.
    Subshell(List),
    /// `NAME() { list; }`.
    Function {
        /// The function's name.
        name: String,
        /// What it runs.
        body: List,
    },
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

impl Change {
    /// The words in it, in the order in which they are expanded.
    pub(crate) fn words(&self) -> impl Iterator<Item = &Word> {
        let (first, second) = match self {
            Change::None | Change::Length | Change::Indirect | Change::Case { .. } => (None, None),
            Change::Default(word)
            | Change::Assign(word)
            | Change::Required(word)
            | Change::Alternative(word) => (Some(word), None),
            Change::Head { pattern, .. } | Change::Tail { pattern, .. } => (Some(pattern), None),
            Change::Replace { text, with, .. } => (Some(text), Some(with)),
            Change::Part { start, length } => (Some(start), length.as_ref()),
        };
        first.into_iter().chain(second)
    }
}

impl Word {
    /// A word of one literal, as from a quoted argument.
    pub(crate) fn literal(text: &str) -> Word {
        Word(vec![Piece::Literal { text: text.to_owned(), quoted: true }])
    }

    /// Its text when nothing in it has to be expanded.
    pub(crate) fn plain(&self) -> Option<String> {
        let text = |piece: &Piece| match piece {
            Piece::Literal { text, .. } => Some(text.clone()),
            _ => None,
        };
        self.0.iter().map(text).collect()
    }

    /// Whether it is this word, not quoted: what makes a reserved word.
    pub(crate) fn is_bare(&self, word: &str) -> bool {
        matches!(self.0.as_slice(), [Piece::Literal { text, quoted: false }] if text == word)
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

    /// A list of one command.
    pub(crate) fn of(command: Command) -> List {
        List(vec![(Connector::Always, Pipeline { commands: vec![command], ..Pipeline::default() })])
    }

    /// The commands of all pipelines in order, those inside compound ones left out.
    pub(crate) fn commands(&self) -> Vec<&Command> {
        self.0.iter().flat_map(|(_, pipeline)| &pipeline.commands).collect()
    }

    /// [`List::commands`], to be changed.
    pub(crate) fn commands_mut(&mut self) -> impl Iterator<Item = &mut Command> {
        self.0.iter_mut().flat_map(|(_, pipeline)| &mut pipeline.commands)
    }
}
