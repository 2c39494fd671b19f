//! Native programs and libraries: headers, tables and signatures that lie.

use std::{collections::BTreeMap, sync::LazyLock};

use analysis::{
    Rulebook, examine,
    rulebook::pack::{self, Entry},
};
use model::{Artifact, Context};

static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| {
    let lists = [
        ("lists/native.toml", &include_bytes!("../../../rules/lists/native.toml")[..]),
        ("score.toml", include_bytes!("../../../rules/score.toml")),
    ];
    let files = lists.map(|(path, bytes)| (path.to_owned(), bytes.to_vec()));
    Rulebook::compile(&BTreeMap::from(files)).unwrap_or_else(|wrong| panic!("{wrong:?}"))
});

/// The bytes are told by their magic; a library among the modules of an sdist.
pub(crate) fn target(data: &[u8]) {
    let entries = [Entry::new("demo-1.0/demo/__init__.py", "x = 1\n"), Entry::new("demo-1.0/demo/fast.so", data)];
    let artifact = Artifact::new(pack::tar_gz(&entries));
    let verdict = examine(&artifact, &Context::named("demo-1.0.tar.gz"), &RULEBOOK);
    assert_eq!(verdict.coverage.complete, verdict.coverage.reasons.is_empty());
}
