//! Whole archives through the whole line, with a small rulebook of their own.

use std::collections::BTreeMap;

use model::{Artifact, Context, GapKind, Outcome, PackageType, Phase, RuleStatus, Verdict};

use crate::{
    Rulebook,
    examine::{Engines, examine, inspect, inspect_with},
    rulebook::{
        pack::{self, Entry, Packed, surroundings},
        tests::book_files,
    },
};

fn book() -> Rulebook {
    Rulebook::compile(&book_files()).unwrap()
}

fn sdist(extra: &[(&str, &str)]) -> Packed {
    let mut files = surroundings();
    files.extend(extra.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
    pack::tree(&files)
}

fn judge(packed: &Packed, book: &Rulebook) -> Verdict {
    examine(&Artifact::new(packed.bytes.clone()), &Context::named(&packed.filename), book)
}

fn rules(verdict: &Verdict) -> Vec<(&str, &str, Option<Phase>)> {
    verdict.findings.iter().map(|f| (f.rule.as_str(), f.place.member.as_str(), f.phase)).collect()
}

#[test]
fn an_honest_project_is_clear_and_named_from_its_metadata() {
    let verdict = judge(&sdist(&[]), &book());
    assert_eq!((verdict.outcome, verdict.findings.len()), (Outcome::Clear, 0), "{verdict:?}");
    assert_eq!((verdict.project.as_str(), verdict.version.as_str()), ("demo", "1.0"));
    assert_eq!((verdict.packagetype, verdict.members), (PackageType::Sdist, 5));
    assert!(verdict.coverage.complete);
    assert_eq!(verdict.summary, "Nothing was found that matters");
}

#[test]
fn a_finding_says_when_where_and_shows_the_line() {
    let packed = sdist(&[("setup.py", "import os\n\nos.system('ls')\n")]);
    let verdict = judge(&packed, &book());
    let finding = verdict.findings.iter().find(|finding| finding.rule == "spawns-on-install").expect("a finding");
    assert_eq!((finding.place.member.as_str(), finding.place.line), ("demo-1.0/setup.py", 3));
    assert_eq!(finding.phase, Some(Phase::Install));
    assert_eq!(finding.evidence, "os.system(\"ls\")");
    let frame = finding.frame.as_ref().unwrap();
    let marked = frame.lines.iter().find(|line| line.mark.is_some()).unwrap();
    assert_eq!((marked.number, marked.text.as_str()), (3, "os.system('ls')"));
    assert_eq!(verdict.summary, "On install, setup.py:3 starts a process");
}

#[test]
fn what_setup_imports_runs_on_installation() {
    let spawn = "import os\nos.system('ls')\n";
    let reached =
        sdist(&[("setup.py", "import _helper.deep\n"), ("_helper/__init__.py", ""), ("_helper/deep.py", spawn)]);
    let rules = |packed: &Packed| {
        judge(packed, &book()).findings.iter().map(|f| (f.rule.clone(), f.place.member.clone())).collect::<Vec<_>>()
    };
    assert_eq!(rules(&reached), [("spawns-on-install".to_owned(), "demo-1.0/_helper/deep.py".to_owned())]);
    let apart = sdist(&[("setup.py", "import sys\n"), ("_helper/__init__.py", ""), ("_helper/deep.py", spawn)]);
    assert!(rules(&apart).is_empty());
}

#[test]
fn an_in_tree_backend_runs_on_installation() {
    let packed = sdist(&[
        ("pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = \"hook\"\nbackend-path = [\"_build\"]\n"),
        ("_build/hook.py", "import os\nos.system('ls')\n"),
    ]);
    let verdict = judge(&packed, &book());
    assert!(
        rules(&verdict).contains(&("spawns-on-install", "demo-1.0/_build/hook.py", Some(Phase::Install))),
        "{verdict:?}"
    );
}

#[test]
fn summaries_see_the_rules_of_the_release_but_not_those_of_tests() {
    let verdict = judge(&sdist(&[("demo/a.py", "x = 'needle'\n")]), &book());
    assert!(rules(&verdict).contains(&("needle-in-small", "", None)), "{verdict:?}");
    let verdict = judge(&sdist(&[("tests/test_a.py", "x = 'needle'\n")]), &book());
    assert_eq!(rules(&verdict), [("says-needle", "demo-1.0/tests/test_a.py", Some(Phase::Never))]);
}

#[test]
fn a_shadow_rule_never_changes_an_outcome() {
    let mut files = book_files();
    // A scored rule that would hit if it saw the shadow rule.
    let text = String::from_utf8(files["sigma/summary.yml"].clone()).unwrap().replace("says-needle", "says-shadow");
    files.insert("sigma/summary.yml".to_owned(), text.into_bytes());
    let book = Rulebook::compile(&files).unwrap();
    let verdict = judge(&sdist(&[("setup.py", "x = 'shadow'\n"), ("demo/a.py", "x = 'shadow'\n")]), &book);
    assert!(verdict.findings.iter().all(|finding| finding.status == RuleStatus::Experimental && finding.weight == 0.0));
    assert_eq!((verdict.findings.len(), verdict.outcome), (2, Outcome::Clear), "{verdict:?}");
    assert_eq!(verdict.score, judge(&sdist(&[]), &book).score);
}

#[test]
fn the_same_verdict_byte_for_byte_from_compiled_and_from_loaded_rules() {
    let packed = sdist(&[
        ("setup.py", "import os\nos.system('curl http://collector.invalid')\n"),
        ("demo/a.py", "x = 'needle'\n"),
        ("demo/b.py", "y = 'needle'\n"),
    ]);
    let book = book();
    let loaded = Rulebook::from_bytes(&book.to_bytes().unwrap()).unwrap();
    let text = |book: &Rulebook| serde_json::to_string(&judge(&packed, book)).unwrap();
    assert_eq!(text(&book), text(&book));
    assert_eq!(text(&book), text(&loaded));
}

#[test]
fn the_arithmetic_is_the_score() {
    let packed = sdist(&[("demo/a.py", "x = 'needle'\n"), ("demo/b.py", "y = 'needle'\n")]);
    let examination = inspect(&Artifact::new(packed.bytes), &Context::named(&packed.filename), &book());
    let sum: f64 = examination.arithmetic.lines.iter().map(|line| line.adds).sum();
    assert!((examination.arithmetic.prior + sum - examination.arithmetic.log_odds).abs() < 1e-9);
    assert_eq!(examination.arithmetic.score, examination.verdict.score);
    let weights: f64 = examination.verdict.findings.iter().map(|finding| finding.weight).sum();
    assert!((weights - sum).abs() < 1e-9);
}

#[test]
fn small_sources_are_kept_for_the_moderator_and_large_ones_are_not() {
    let sources = |extra: &[(&str, &str)]| {
        let packed = sdist(extra);
        inspect(&Artifact::new(packed.bytes), &Context::named(&packed.filename), &book()).sources
    };
    let small = sources(&[("tests/test_a.py", "x = 1\n")]);
    let members: Vec<&str> = small.iter().map(|source| source.member.as_str()).collect();
    assert_eq!(members, ["demo-1.0/demo/__init__.py", "demo-1.0/demo/text.py"]);
    assert!(sources(&[("demo/big.py", &"x = 1\n".repeat(20_000))]).is_empty());
}

#[test]
fn a_wheel_is_held_against_its_record() {
    let mut files: BTreeMap<String, Vec<u8>> = surroundings();
    let metadata = files.remove("PKG-INFO").unwrap();
    files.retain(|path, _| path.starts_with("demo/"));
    files.insert("demo-1.0.dist-info/METADATA".to_owned(), metadata);
    let mut kinds = Vec::new();
    let packed = pack::tree(&files);
    crate::examine::observe(&Artifact::new(packed.bytes), &Context::named(&packed.filename), &book(), &mut |fact| {
        if let model::FactKind::Record(record) = &fact.kind {
            kinds.push(record.kind.clone());
        }
    });
    assert!(kinds.is_empty(), "{kinds:?}");
    files.insert("demo-1.0.dist-info/RECORD".to_owned(), b"demo/__init__.py,sha256=AAAA,1\n".to_vec());
    let packed = pack::tree(&files);
    crate::examine::observe(&Artifact::new(packed.bytes), &Context::named(&packed.filename), &book(), &mut |fact| {
        if let model::FactKind::Record(record) = &fact.kind {
            kinds.push(format!("{} {}", record.kind, record.member));
        }
    });
    assert!(kinds.contains(&"hash demo/__init__.py".to_owned()), "{kinds:?}");
    assert!(kinds.contains(&"unlisted demo/text.py".to_owned()), "{kinds:?}");
}

#[test]
fn what_could_not_be_read_is_incomplete_and_never_clear() {
    let mut files = book_files();
    files.insert("limits.toml".into(), b"[archive]\nmember = 64\n".to_vec());
    let book = Rulebook::compile(&files).unwrap();
    let verdict = judge(&sdist(&[]), &book);
    assert_eq!(verdict.outcome, Outcome::Incomplete);
    assert!(verdict.coverage.reasons.iter().any(|gap| gap.kind == GapKind::Limit), "{:?}", verdict.coverage);
    assert!(verdict.summary.starts_with("Not everything could be read: "), "{}", verdict.summary);
}

#[test]
fn broken_syntax_counts_where_something_runs_it() {
    let broken = "x = (\ndef f(:\n  print 'needle'\n";
    let verdict = judge(&sdist(&[("tests/data/bad.py", broken)]), &book());
    assert!(verdict.coverage.complete, "{:?}", verdict.coverage);
}

#[test]
fn bytes_that_are_no_archive_are_judged_as_they_are() {
    let verdict = judge(&Packed { filename: "notes.txt".into(), bytes: b"a needle".to_vec() }, &book());
    assert_eq!((verdict.packagetype, verdict.members), (PackageType::Unknown, 1));
    let empty = judge(&Packed { filename: String::new(), bytes: Vec::new() }, &book());
    assert_eq!(empty.packagetype, PackageType::Unknown);
}

#[test]
fn findings_are_bounded_and_the_rest_is_counted() {
    let entries: Vec<Entry> =
        (0..300).map(|at| Entry::new(format!("demo-1.0/demo/m{at}.py"), "x = 'needle'\n")).collect();
    let packed = Packed { filename: "demo-1.0.tar.gz".into(), bytes: pack::tar_gz(&entries) };
    let verdict = judge(&packed, &book());
    let needles: Vec<_> = verdict.findings.iter().filter(|finding| finding.rule == "says-needle").collect();
    assert_eq!(needles.len(), 5);
    assert!(needles.iter().any(|finding| finding.evidence.ends_with("(and in 295 more members)")), "{needles:?}");
}

#[test]
fn a_file_that_a_call_names_runs_when_the_call_does() {
    let spawn = "import os\nos.system('ls')\n";
    for setup in ["exec(open('tests/hidden.py').read())\n", "import runpy\nrunpy.run_path('./tests/hidden.py')\n"] {
        let mut files = book_files();
        let behaviours = "[[behaviour]]\nid = \"process.spawn\"\nflow = [\"sink\"]\ndoc = \"d\"\nnames = [\"os.system\"]\n\
             [[behaviour]]\nid = \"code.exec\"\nflow = [\"sink\"]\ndoc = \"d\"\nnames = [\"exec\", \"runpy.run_path\"]\n\
             [[behaviour]]\nid = \"file.read\"\nflow = [\"source\"]\ndoc = \"d\"\nnames = [\"open\"]\n";
        files.insert("lists/behaviours.toml".into(), behaviours.as_bytes().to_vec());
        let book = Rulebook::compile(&files).unwrap();
        let verdict = judge(&sdist(&[("setup.py", setup), ("tests/hidden.py", spawn)]), &book);
        let found = ("spawns-on-install", "demo-1.0/tests/hidden.py", Some(Phase::Install));
        assert!(rules(&verdict).contains(&found), "{setup}: {:?}", verdict.findings);
    }
}

#[test]
fn a_test_that_a_function_imports_can_be_called() {
    let mut phases = Vec::new();
    let packed = sdist(&[
        ("demo/run.py", "def go():\n    from demo.tests import payload\n    payload.main()\n"),
        ("demo/tests/__init__.py", ""),
        ("demo/tests/payload.py", "import os\n\ndef main():\n    os.system('ls')\n"),
        ("demo/tests/apart.py", "import os\n\ndef main():\n    os.system('ls')\n"),
    ]);
    crate::examine::observe(&Artifact::new(packed.bytes), &Context::named(&packed.filename), &book(), &mut |fact| {
        if let model::FactKind::Source(source) = &fact.kind {
            phases.push((source.member.clone(), source.phase));
        }
    });
    let phase = |name: &str| phases.iter().find(|(member, _)| member.ends_with(name)).map(|(_, phase)| *phase);
    assert!(phase("tests/payload.py") < Some(Phase::Never), "{phases:?}");
    assert_eq!(phase("tests/apart.py"), Some(Phase::Never));
}

fn judge_file(name: &str, bytes: &[u8]) -> Verdict {
    examine(&Artifact::new(bytes.to_vec()), &Context::named(name), &book())
}

#[test]
fn what_is_neither_an_archive_nor_a_source_is_never_clear() {
    let files: [(&str, &[u8]); 6] = [
        ("demo-1.0.tar.gz", b""),
        ("demo-1.0-py3-none-any.whl", b"a letter\n"),
        ("demo-1.0-py3-none-any.whl", b"#!/usr/bin/python\nimport os\n"),
        ("demo-1.0.zip", &[0xa5; 4000]),
        ("", b""),
        ("notes.txt", b"import os\n"),
    ];
    for (name, bytes) in files {
        let verdict = judge_file(name, bytes);
        assert_eq!(verdict.outcome, Outcome::Incomplete, "{name}: {verdict:?}");
        assert_eq!(verdict.coverage.reasons[0].kind, GapKind::Unsupported, "{name}");
    }
    assert_eq!(judge_file("demo-1.0.tar.gz", b"").summary, "Not everything could be read: the file is empty");
}

#[test]
fn a_source_by_itself_is_analysed_under_its_name_as_code_that_runs() {
    let body = b"import os\nos.system('ls')\n";
    for name in ["one.py", "test_one.py", "one", "odd/../one.py"] {
        let verdict = judge_file(name, body);
        assert!(verdict.coverage.complete, "{name}: {verdict:?}");
        assert_eq!(verdict.packagetype, PackageType::Unknown);
        let inspected = calls(name, body);
        let base = name.rsplit('/').next().unwrap();
        assert_eq!(inspected, [("os.system".to_owned(), base.to_owned(), Phase::Import)], "{name}");
    }
    assert_eq!(calls("setup.py", body)[0].2, Phase::Install);
    assert_eq!(judge_file("one.py", b"x = 1\n").outcome, Outcome::Clear);
}

/// Names, members and phases of the calls that rules were asked about.
fn calls(name: &str, bytes: &[u8]) -> Vec<(String, String, Phase)> {
    let mut seen = Vec::new();
    let book = book();
    crate::examine::observe(&Artifact::new(bytes.to_vec()), &Context::named(name), &book, &mut |fact| {
        if let model::FactKind::Call(call) = &fact.kind {
            seen.push((call.callee.clone(), fact.place.member.clone(), call.phase));
        }
    });
    seen
}

#[test]
fn a_notebook_is_read_as_code_that_somebody_runs_and_the_lines_are_those_of_its_file() {
    let notebook = |code: &str| {
        format!(
            "{{\n \"cells\": [\n  {{\n   \"cell_type\": \"code\",\n   \"source\": [\n    {code}\n   ]\n  }}\n ]\n}}\n"
        )
    };
    let text = notebook("\"import os\\n\",\n    \"os.system('ls')\"");
    let spawned = |files: &[(&str, &str)]| {
        let verdict = judge(&sdist(files), &book());
        let found = verdict.findings.iter().filter(|finding| finding.rule == "spawns-on-install");
        found.map(|finding| (finding.place.member.clone(), finding.place.line)).collect::<Vec<_>>()
    };
    let run = "import os\nos.system('jupyter nbconvert --execute demo/try.ipynb')\n";
    let named = spawned(&[("setup.py", run), ("demo/try.ipynb", &text)]);
    assert!(named.contains(&("demo-1.0/demo/try.ipynb".to_owned(), 7)), "{named:?}");
    // One that is only read is not run.
    let read = "text = open('demo/try.ipynb').read()\n";
    assert!(spawned(&[("setup.py", read), ("demo/try.ipynb", &text)]).is_empty());
    let broken = judge(&sdist(&[("demo/try.ipynb", "{\"cells\": NaN}")]), &book());
    assert!(broken.coverage.reasons.iter().any(|gap| gap.member.ends_with("try.ipynb")), "{broken:?}");
    let aside = judge(&sdist(&[("docs/try.ipynb", "{\"cells\": NaN}")]), &book());
    assert!(aside.coverage.complete, "{aside:?}");
}

#[test]
fn what_pytest_runs_is_read_and_a_test_that_nothing_names_is_not() {
    let phase = |files: &[(&str, &str)], member: &str| {
        let mut phases = BTreeMap::new();
        let packed = sdist(files);
        let artifact = Artifact::new(packed.bytes.clone());
        let (context, book) = (Context::named(&packed.filename), book());
        crate::examine::observe(&artifact, &context, &book, &mut |fact| {
            if let model::FactKind::Member(member) = &fact.kind {
                phases.insert(member.member.clone(), member.phase);
            }
        });
        phases[&format!("demo-1.0/{member}")]
    };
    let files = [
        ("tests/conftest.py", "pytest_plugins = ['tests.tools']\n"),
        ("tests/tools.py", "x = 1\n"),
        ("tests/test_a.py", "y = 2\n"),
    ];
    assert_eq!(phase(&files, "tests/conftest.py"), Phase::Call);
    assert_eq!(phase(&files, "tests/tools.py"), Phase::Call);
    assert_eq!(phase(&files, "tests/test_a.py"), Phase::Never);
}

#[test]
fn what_was_judged_before_changes_no_verdict() {
    let release = |version: &str, more: &[(&str, &str)]| {
        let mut files = surroundings();
        let metadata = String::from_utf8(files["PKG-INFO"].clone()).unwrap();
        files.insert("PKG-INFO".to_owned(), metadata.replace("1.0", version).into_bytes());
        let tool = format!("import os\n\n\ndef run(what):\n    os.system(what)\n\n\n{}", "# a long text\n".repeat(40));
        files.insert("demo/tool.py".to_owned(), tool.into_bytes());
        files.extend(more.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())));
        pack::tree(&files)
    };
    let book = book();
    let mut engines = Engines::new(&book);
    // In the second what is known is imported on installation, in the third it is called then.
    let releases = [
        release("1.0", &[]),
        release("1.1", &[]),
        release("1.2", &[("setup.py", "from setuptools import setup\nimport demo.tool\n\nsetup(name='demo')\n")]),
        release("1.3", &[("setup.py", "from demo.tool import run\n\nrun('ls')\n")]),
        release("1.0", &[]),
    ];
    for packed in releases {
        let context = Context::named(&packed.filename);
        let artifact = Artifact::new(packed.bytes);
        let again = inspect_with(&mut engines, &artifact, &context, None);
        let alone = inspect(&artifact, &context, &book);
        assert_eq!(again.verdict, alone.verdict, "{}", packed.filename);
        assert_eq!(again.hits, alone.hits, "{}", packed.filename);
    }
}
