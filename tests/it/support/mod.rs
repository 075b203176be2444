//! What several rooms' tests share.

#[allow(dead_code, reason = "the pictures are made when a drill can be played")]
pub(crate) mod svg;
