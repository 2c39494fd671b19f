//! Judges archives and tells what each cost: `examine RULES ARCHIVE…`; without archives, checks and tries the rules.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a program on a developer's machine, not the room"
)]

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
    time::Instant,
};

use analysis::{
    Rulebook, inspect,
    rulebook::{lint, trial},
};
use model::{Artifact, Context, escape_terminal};

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.insert(name.to_string_lossy().into_owned(), std::fs::read(&path)?);
        }
    }
    Ok(())
}

fn archives(paths: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> =
                std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
            inside.sort();
            found.extend(inside.into_iter().filter(|path| path.is_file()));
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn run() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let mut out = std::io::stdout().lock();
    let Some(rules) = arguments.next() else { return writeln!(out, "usage: examine RULES ARCHIVE…") };
    let mut files = BTreeMap::new();
    read(&rules, &rules, &mut files)?;
    let book = match Rulebook::compile(&files) {
        Ok(book) => book,
        Err(wrong) => {
            for diagnostic in wrong {
                writeln!(out, "{}\n", diagnostic.render(&files))?;
            }
            return Ok(());
        }
    };
    let paths: Vec<PathBuf> = arguments.collect();
    if paths.is_empty() {
        let trials = trial::run(&files, &book, None);
        let wrong = lint::check(&files).into_iter().chain(trials.iter().filter_map(|trial| trial.failure.clone()));
        for diagnostic in wrong {
            writeln!(out, "{}\n", diagnostic.render(&files))?;
        }
        return writeln!(out, "{} rules, {} examples", book.rules().len(), trials.len());
    }
    let (mut packed, mut unpacked, mut seconds) = (0, 0, 0.0);
    for path in archives(&paths)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let artifact = Artifact::new(std::fs::read(&path)?);
        let start = Instant::now();
        let verdict = inspect(&artifact, &Context::named(&name), &book).verdict;
        let took = start.elapsed().as_secs_f64();
        packed += verdict.bytes_packed;
        unpacked += verdict.bytes_unpacked;
        seconds += took;
        writeln!(
            out,
            "{:10} {:5.1} {:8.1} ms {:7.1} MB/s  {}  {}",
            verdict.outcome.as_str(),
            verdict.score,
            took * 1e3,
            verdict.bytes_packed as f64 / 1e6 / took,
            escape_terminal(&name),
            escape_terminal(&verdict.summary)
        )?;
    }
    let (packed, unpacked) = (packed as f64 / 1e6, unpacked as f64 / 1e6);
    writeln!(
        out,
        "{packed:.1} MB packed, {unpacked:.1} MB unpacked in {seconds:.2} s: {:.1} MB/s packed, {:.1} MB/s unpacked",
        packed / seconds,
        unpacked / seconds
    )
}

fn main() -> std::io::Result<()> {
    // Syntax trees are walked recursively; see `analysis::examine`.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run)?;
    thread.join().unwrap_or_else(|_| Err(std::io::Error::other("the examination panicked")))
}
