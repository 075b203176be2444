//! What several rooms' tests share.

pub(crate) mod document;
pub(crate) mod svg;
