//! The scenarios that come with the program, as text inside the binary.

use super::load::{Loaded, load};

/// A scenario's files: name relative to its folder, contents.
struct Folder {
    id: &'static str,
    files: &'static [(&'static str, &'static str)],
}

macro_rules! folder {
    ($id:literal, $($file:literal),* $(,)?) => {
        Folder {
            id: $id,
            files: &[$(($file, include_str!(concat!("../../scenarios/", $id, "/", $file)))),*],
        }
    };
}

/// Every scenario, in the order of the home screen.
const FOLDERS: &[Folder] = &[
    folder!(
        "june-4",
        "scenario.ron",
        "schema.sql",
        "statistics.sql",
        "sizes.tsv",
        "briefing.md",
        "runbooks/database-slow.md",
        "runbooks/storefront-errors.md",
        "runbooks/pgbouncer.md",
        "runbooks/rollback-migration.md",
        "runbooks/incident-roles.md",
    ),
    folder!("tour", "scenario.ron", "schema.sql", "statistics.sql", "briefing.md", "runbooks/slow-shop.md"),
];

/// The ids of the scenarios inside the binary.
pub fn ids() -> impl Iterator<Item = &'static str> {
    FOLDERS.iter().map(|folder| folder.id)
}

/// Loads the scenario called `id` from the binary; `None` when there is none of that name.
pub fn load_embedded(id: &str) -> Option<Loaded> {
    let folder = FOLDERS.iter().find(|folder| folder.id == id)?;
    let read =
        |name: &str| folder.files.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned());
    Some(load(&format!("scenarios/{id}"), read))
}
