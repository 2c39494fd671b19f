use std::{collections::BTreeMap, io::{Read, Write}};
use model::{Artifact, Context};
fn collect(dir: &std::path::Path, base: &std::path::Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let rel = path.strip_prefix(base).unwrap().to_string_lossy().into_owned();
        if path.is_dir() { if rel != "examples" { collect(&path, base, files); } }
        else { files.insert(rel, std::fs::read(&path).unwrap()); }
    }
}
fn run() {
    let dir = std::env::args().nth(1).unwrap();
    let base = std::path::Path::new(&dir);
    let mut files = BTreeMap::new();
    collect(base, base, &mut files);
    let book = match analysis::Rulebook::compile(&files) {
        Ok(book) => book,
        Err(diagnostics) => { for d in diagnostics { eprintln!("{}", d.render(&files)); } std::process::exit(1) }
    };
    eprintln!("{} rules", book.rules().len());
    if std::env::args().nth(2).as_deref() == Some("check") { return; }
    let book = std::sync::Arc::new(book);
    let mut stdin = std::io::stdin().lock();
    let (tx, rx) = std::sync::mpsc::sync_channel::<(String, Vec<u8>)>(2);
    let rx = std::sync::Arc::new(std::sync::Mutex::new(rx));
    let workers: Vec<_> = (0..2).map(|_| { let (rx, book) = (rx.clone(), book.clone());
        std::thread::Builder::new().stack_size(256 << 20).spawn(move || loop {
            let job = rx.lock().unwrap().recv();
            let Ok((name, data)) = job else { return };
            let artifact = Artifact::new(data);
            let begin = std::time::Instant::now();
            let file = name.split('|').next_back().unwrap().to_owned();
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| analysis::examine(&artifact, &Context::named(file), &book)));
            let took = begin.elapsed().as_millis() as u64;
            let line = match result {
                Ok(verdict) => { let mut v = serde_json::to_value(&verdict).unwrap(); v["path"] = name.into(); v["took_ms"] = took.into(); v.to_string() }
                Err(_) => format!("{{\"path\":{},\"panic\":true}}", serde_json::to_string(&name).unwrap()),
            };
            let mut out = std::io::stdout().lock();
            writeln!(out, "{line}").unwrap();
        }).unwrap() }).collect();
    let mut number = [0u8; 8];
    while stdin.read_exact(&mut number).is_ok() {
        let mut name = vec![0; u64::from_le_bytes(number) as usize];
        stdin.read_exact(&mut name).unwrap();
        stdin.read_exact(&mut number).unwrap();
        let mut data = vec![0; u64::from_le_bytes(number) as usize];
        stdin.read_exact(&mut data).unwrap();
        tx.send((String::from_utf8(name).unwrap(), data)).unwrap();
    }
    drop(tx);
    for worker in workers { worker.join().unwrap(); }
}
fn main() { run() }
