//! Metadata as people write it, and as attackers do.

use super::setup::{computed_requirements, setup_commands};
use super::*;
use crate::lookalike::Popular;

#[test]
fn a_requirement_can_lie_in_the_project() {
    for (requirement, folder) in [
        ("helper @ file:./tools", Some("./tools")),
        ("helper @ FILE:tools ; python_version > '3'", Some("tools")),
        ("helper @ file:///tools#egg=x", Some("tools")),
        ("helper @ file://localhost/a/b", Some("a/b")),
        ("helper@{root:uri}/tools", Some("tools")),
        ("helper @ https://index.example/a.whl", None),
        ("helper >= 1", None),
        ("helper @ file:", None),
    ] {
        assert_eq!(local(requirement), folder, "{requirement}");
    }
}

#[test]
fn a_home_that_belongs_to_another_project_is_told() {
    let popular = Popular::new(["requests", "pytest", "web3"].into_iter());
    let borrowed = |url: &str, project: &str| borrowed(&[url.to_owned()], project, &popular);
    assert_eq!(borrowed("https://github.com/psf/requests", "requestz"), Some("requests"));
    assert_eq!(borrowed("https://github.com/ethereum/web3.py/issues", "web3eth"), Some("web3"));
    assert_eq!(borrowed("https://github.com/pytest-dev/pytest", "pytest-demo"), None);
    assert_eq!(borrowed("https://github.com/psf/requests", "requests"), None);
    assert_eq!(borrowed("https://requests.example/psf/requests", "demo"), None);
    assert_eq!(borrowed("https://github.com/psf", "demo"), None);
    assert_eq!(heading("\n.. image:: x\n\nRequests\n========\nText"), "Requests");
    assert_eq!(heading("text\n# `requests`\n"), "`requests`");
    assert_eq!(described("Requests", "reqtools", &popular), Some("requests"));
    assert_eq!(described("Requests", "requests-more", &popular), None);
    assert_eq!(described("Requests for all", "reqtools", &popular), None);
    assert!(resembles("web3eth", "web3") && resembles("botoo", "boto3"));
    assert!(!resembles("futurejson", "pyfiglet"));
}

#[test]
fn a_package_of_another_name_is_told_from_one_of_its_own() {
    let tops = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<std::collections::BTreeSet<_>>();
    let popular = Popular::new(["requests", "python-dateutil", "attrs"].into_iter());
    let modules = ["json", "yaml"].map(str::to_owned).into_iter().collect();
    let shadows = |names: &[&str], project: &str| shadows(&tops(names), project, &popular, &modules);
    assert_eq!(shadows(&["netmanagement", "requests"], "netmanagement"), ["requests"]);
    assert_eq!(shadows(&["json", "demo"], "demo"), ["json"]);
    assert!(shadows(&["requests", "utils"], "requests-mirror").is_empty());
    assert!(shadows(&["yaml"], "pyyaml").is_empty());
    for (top, project, like) in [
        ("bittensor_cli", "bitensor-cli", true),
        ("colorama", "colormaa", true),
        ("requests", "requests", false),
        ("parsers", "parser", false),
        ("pandas2", "pandas3", false),
        ("some_thing", "something", false),
    ] {
        assert_eq!(misspelt(&tops(&[top]), project).is_some(), like, "{top} {project}");
    }
}

const METADATA: &str = "Metadata-Version: 2.1\nName: Demo\nVersion: 1.0\nSummary: UNKNOWN\n\
    Author-email: A Person <a@mail.invalid>\nProject-URL: Home, https://demo.invalid/\nClassifier: A\nClassifier: B\n\
    Requires-Dist: requests>=2; python_version > '3'\nRequires-Dist: evil @ https://host.invalid/evil.zip\n\nLong text\n";

#[test]
fn metadata_is_read_and_what_is_none_is_empty() {
    let metadata = CoreMetadata::parse(METADATA.as_bytes());
    assert_eq!((metadata.name.as_str(), metadata.summary.as_str()), ("Demo", ""));
    assert_eq!(metadata.email_domain(), "mail.invalid");
    assert_eq!((metadata.description_length, metadata.classifiers), (9, 2));
    assert_eq!(metadata.urls, ["https://demo.invalid/"]);
    assert_eq!(CoreMetadata::parse(b"\xff\xfe\0").name, "");
}

#[test]
fn a_dependency_by_url_says_its_url() {
    let metadata = CoreMetadata::parse(METADATA.as_bytes());
    let requirements: Vec<_> = metadata.requirements.into_iter().map(|r| (r, "metadata")).collect();
    let facts = dependencies(&requirements, "METADATA", &Popular::new(["requests"].into_iter()));
    let field = |at: usize, name: &str| match facts[at].kind.field(name) {
        Some(model::FieldValue::Text(text)) => text.into_owned(),
        _ => String::new(),
    };
    assert_eq!((field(0, "name"), field(0, "url")), ("requests".into(), String::new()));
    assert_eq!((field(1, "name"), field(1, "url")), ("evil".into(), "https://host.invalid/evil.zip".into()));
}

#[test]
fn what_a_setup_script_needs_is_told_from_what_it_computes() {
    let setup = b"n = 'ev'\nsetup(install_requires=['requests>=2', # 'no'\n \"click[a]\"], name='demo')";
    assert_eq!(setup_requirements(setup, true), ["requests>=2", "click[a]"]);
    let config = b"[options]\ninstall_requires =\n    attrs>=1; python_version > '3'\n    rich\npackages = find:\n";
    assert_eq!(setup_requirements(config, false), ["attrs>=1", "rich"]);
    let texts = ["demo", "requests>=2", "evil-core==1.0", "demo-extra==1.0", "1.0"].map(str::to_owned);
    assert_eq!(computed_requirements(&texts, setup, "demo"), ["evil-core==1.0"]);
    let texts = ["console_scripts", "pip=demo.cli:main", "https=//x", "a=b"].map(str::to_owned);
    assert_eq!(setup_commands(&texts).collect::<Vec<_>>(), ["console_scripts: pip = demo.cli:main"]);
    let points = entry_points(b"[console_scripts]\na=b:c [x] # y\n\n[x.y]\n# no = no\nd : e\n");
    let shown: Vec<String> = points.iter().map(EntryPoint::shown).collect();
    assert_eq!(shown, ["console_scripts: a = b:c [x] # y", "x.y: d = e"]);
    let objects: Vec<_> = points.iter().map(EntryPoint::object).collect();
    assert_eq!(objects, [("b", "c"), ("e", "")]);
    let project = Pyproject::parse(b"[project.scripts]\na = \"b:c\"\n[project.entry-points.\"x.y\"]\nd = \"e\"\n");
    assert_eq!(project.entry_points, ["console_scripts: a = b:c", "x.y: d = e"]);
}

#[test]
fn plug_ins_of_tests_are_read_however_they_are_listed() {
    let text = "x = 1\npytest_plugins = [\n  'tests.one',  # first\n  \"two\",\n]\npytest_plugins = 'three'\nprint(pytest_plugins)\n";
    assert_eq!(plugins(text), ["tests.one", "two", "three"]);
}

#[test]
fn an_in_tree_backend_is_found() {
    let project = Pyproject::parse(
        b"[build-system]\nrequires = [\"wheel\"]\nbuild-backend = \"hook.main:build\"\nbackend-path = [\"_build\", \".\"]\n",
    );
    assert_eq!(
        project.backend_modules(),
        [
            "_build/hook.py",
            "_build/hook/__init__.py",
            "_build/hook/main.py",
            "_build/hook/main/__init__.py",
            "hook.py",
            "hook/__init__.py",
            "hook/main.py",
            "hook/main/__init__.py"
        ]
    );
    assert!(Pyproject::parse(b"[build-system\n").backend_modules().is_empty());
}

#[test]
fn what_another_reader_takes_is_read_all_the_same() {
    let build = "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\"demo/../tools/.\"]\n";
    let deep = format!("x = {}{}\n", "[".repeat(200), "]".repeat(200));
    for odd in ["x = 99999999999999999999\n", "\u{feff}", &deep] {
        let project = Pyproject::parse(format!("{odd}{build}").as_bytes());
        assert!(project.backend_modules().contains(&"tools/backend.py".to_owned()), "{odd:.30}: {project:?}");
        assert_eq!(project.broken, odd != "\u{feff}");
    }
    assert!(!Pyproject::parse(build.as_bytes()).broken);
}

#[test]
fn a_configuration_is_read_however_it_is_written() {
    for text in [
        "[options]\ncmdclass =\n    egg_info = tools.c.C\n",
        "[options]\ncmdclass : egg_info = tools.c.C\n",
        "[options]\nCmdClass=egg_info = tools.c:C\n",
    ] {
        assert!(Configuration::parse(text.as_bytes()).commands.contains(&"tools/c.py".to_owned()), "{text}");
    }
    let read = Configuration::parse(
        b"[metadata]\nversion = attr: hook.V\n[options]\npackage-dir =\n    demo = examples\n[options.data_files]\nlib = docs/x.pth\n",
    );
    assert_eq!(read.attributes, ["hook.V"]);
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(read.copied, [pair("examples", "demo"), pair("docs/x.pth", "lib")]);
    let copied = Pyproject::parse(
        b"[tool.setuptools.package-dir]\ndemo = \"tests\"\n[tool.hatch.build.targets.wheel.force-include]\n\"docs/x\" = \"x.pth\"\n\
          [tool.setuptools.dynamic]\nversion = {attr = \"tools.v.V\"}\n",
    );
    assert_eq!(copied.copied, [pair("tests", "demo"), pair("docs/x", "x.pth")]);
    assert_eq!(copied.attributes, ["tools.v.V"]);
}

#[test]
fn versions_are_told_odd() {
    for (version, how) in [
        ("1.0", "none"),
        ("2024.1", "none"),
        ("20240101", "none"),
        ("306", "none"),
        ("1.0.dev99999", "none"),
        ("99.0.0", "huge"),
        ("9999.1", "huge"),
        ("50000.1", "huge"),
        ("1!2.0", "epoch"),
        ("1.0rc1.post2+local.1", "none"),
        ("one", "invalid"),
        ("1.0-evil", "invalid"),
    ] {
        assert_eq!(version_anomaly(version), how, "{version}");
    }
}

#[test]
fn a_mismatch_is_about_meaning_not_spelling() {
    let inside = |name: &str, version: &str| CoreMetadata {
        name: name.into(),
        version: version.into(),
        ..CoreMetadata::default()
    };
    let name = |project: &str, version: &str| Filename { project: project.into(), version: version.into() };
    let check = |inside: &CoreMetadata, name: &Filename| mismatch(inside, Some(name), None, None);
    assert!(check(&inside("De-Mo", "1.0.0-alpha1"), &name("de_mo", "1.0a1")).is_empty());
    assert!(check(&inside("demo", "1.0+cu118"), &name("demo", "1.0_cu118")).is_empty());
    assert!(check(&inside("demo", "1.10"), &name("demo", "1.10.0")).is_empty());
    assert_eq!(check(&inside("other", "1.1"), &name("demo", "1.10")), ["name", "version"]);
}
