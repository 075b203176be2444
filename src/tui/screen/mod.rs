//! The screens, one file each.

pub(crate) mod briefing;
pub(crate) mod debrief;
pub(crate) mod drill;
pub(crate) mod home;
pub(crate) mod markdown;
pub(crate) mod waiting;
