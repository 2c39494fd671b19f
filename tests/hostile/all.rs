//! Every archive of the catalogue.

use crate::{again, case::Case, others, quiet, sources, tars, zips};

pub(crate) fn cases() -> Vec<Case> {
    [quick(), zips::overlap(), zips::sizes(), others::bombs(), sources::depth()].concat()
}

/// Those that are small, and made in no time.
pub(crate) fn quick() -> Vec<Case> {
    [
        zips::ambiguity(),
        zips::methods(),
        others::names(),
        tars::links(),
        tars::ambiguity(),
        tars::streams(),
        others::polyglots(),
        others::wheels(),
        sources::codecs(),
        sources::text(),
        again::zips(),
        again::links(),
        again::tars(),
        again::streams(),
        again::names(),
        again::polyglots(),
        again::wheels(),
        quiet::tars(),
        quiet::codecs(),
        quiet::nested(),
        quiet::streams(),
        quiet::roles(),
        quiet::builds(),
        quiet::builders(),
        quiet::read_and_run(),
        quiet::brought_along(),
        quiet::holes(),
    ]
    .concat()
}
