//! The schema's history, carried in the program: one SQL file for each step, `NUMBER_what_it_does.sql`, oldest first.
//!
//! Read here and not by sqlx's macro, which would have both database drivers compiled a second time, for the compiler.

use include_dir::{Dir, File};
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// # Panics
///
/// When a file's name has no number or its text is no UTF-8. Every start of the program would: no test gets past it.
pub(crate) fn migrator(folder: &'static Dir<'static>) -> Migrator {
    Migrator::with_migrations(folder.files().map(migration).collect())
}

fn migration(file: &'static File<'static>) -> Migration {
    let name = file.path().file_stem().and_then(|name| name.to_str()).and_then(|name| name.split_once('_'));
    let step = name.and_then(|(number, what)| Some((number.parse().ok()?, what.replace('_', " "))));
    match (step, file.contents_utf8()) {
        (Some((number, what)), Some(sql)) => {
            Migration::new(number, what.into(), MigrationType::Simple, sql.into_sql_str(), false)
        }
        _ => panic!("{} is no migration: NUMBER_what_it_does.sql", file.path().display()),
    }
}
