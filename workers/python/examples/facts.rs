//! Prints what the analysis knows of one Python source, given on standard input.
//!
//! `cargo run --release -p python --example facts -- [ROLE] [--time] < FILE.py`; the role is `package` if not given.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a tool for people at a terminal, not the room"
)]

#[path = "shared/behaviours.rs"]
mod shared;

use std::io::Read;
use std::time::Instant;

use python::{Analysis, Behaviours, Budget, Role, Roles, Unit, analyse};
use shared::behaviours;

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let time = words.iter().any(|word| word == "--time");
    words.retain(|word| word != "--time");
    let role = match words.first().map(String::as_str) {
        Some("setup") => Role::Setup,
        Some("backend") => Role::Backend,
        Some("pth") => Role::Pth,
        Some("init") => Role::Init,
        Some("script") => Role::Script,
        Some("tests") => Role::Tests,
        _ => Role::Package,
    };
    let mut source = Vec::new();
    std::io::stdin().read_to_end(&mut source).unwrap();
    let behaviours = behaviours();
    let path = words.get(1).map_or("stdin.py", String::as_str);
    let unit = Unit { path, role, phase: role.phase(), module: "stdin", source: &source, entered: &[] };
    let start = Instant::now();
    let analysis = std::thread::Builder::new().stack_size(64 << 20).spawn_scoped_by(&unit, &behaviours);
    let took = start.elapsed();
    for fact in &analysis.facts {
        let (product, category) = fact.kind.logsource();
        print!("{product}/{category} {}:{}", fact.place.line, fact.place.column);
        for name in fact.kind.field_names() {
            if matches!(*name, "member" | "role")
                || category == "source" && !matches!(*name, "syntax_errors" | "size" | "python2")
            {
                continue;
            }
            if let Some(value) = fact.kind.field(name) {
                match value {
                    model::FieldValue::Text(text) => print!(" {name}={text:?}"),
                    model::FieldValue::Texts(texts) => print!(" {name}={texts:?}"),
                    model::FieldValue::Integer(0) | model::FieldValue::Flag(false) => {}
                    model::FieldValue::Integer(number) => print!(" {name}={number}"),
                    model::FieldValue::Number(number) => print!(" {name}={number}"),
                    model::FieldValue::Flag(flag) => print!(" {name}={flag}"),
                }
            }
        }
        println!();
    }
    for gap in &analysis.gaps {
        println!("gap {:?} {}", gap.kind, gap.detail);
    }
    if time {
        println!("{} bytes in {took:?}", source.len());
    }
}

/// The analysis runs on a thread with the stack that the program gives it.
trait Spawn {
    fn spawn_scoped_by(self, unit: &Unit<'_>, behaviours: &Behaviours) -> Analysis;
}

impl Spawn for std::thread::Builder {
    fn spawn_scoped_by(self, unit: &Unit<'_>, behaviours: &Behaviours) -> Analysis {
        std::thread::scope(|scope| {
            self.spawn_scoped(scope, || analyse(unit, behaviours, &mut Budget::default())).unwrap().join().unwrap()
        })
    }
}
