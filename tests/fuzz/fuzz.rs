//! One target under libFuzzer. All programs of this package are this file; each runs the target of its name.
#![no_main]

#[path = "targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| targets::named(env!("CARGO_BIN_NAME")));

fuzz_target!(|data: &[u8]| (*TARGET)(data));
