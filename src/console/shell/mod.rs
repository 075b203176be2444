//! The shell's language: a line becomes a [`syntax::List`], its words are expanded, and a [`run::Runner`] carries it
//! out a tick at a time, because a command may take simulated time.

pub(crate) mod arithmetic;
pub(crate) mod array;
pub(crate) mod expand;
pub(crate) mod glob;
mod frame;
mod lex;
pub(crate) mod options;
pub(crate) mod parse;
mod prepare;
mod redirect;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod syntax;
