//! Layouts of projects as people make them, and what each member of them is for.

use super::*;

fn tell(paths: &[&str], filename: &str, project: &str) -> Layout {
    Layout::tell(paths.iter().copied(), true, filename, project)
}

#[test]
fn the_content_tells_the_type_not_the_name() {
    let wheel = ["demo/__init__.py", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/RECORD"];
    assert_eq!(tell(&wheel, "demo-1.0.tar.gz", "").packagetype, PackageType::BdistWheel);
    let sdist = tell(&["demo-1.0/setup.py", "demo-1.0/demo/__init__.py"], "demo-1.0-py3-none-any.whl", "");
    assert_eq!((sdist.packagetype, sdist.root.as_str()), (PackageType::Sdist, "demo-1.0/"));
    assert_eq!(tell(&["EGG-INFO/PKG-INFO", "demo/a.py"], "", "").packagetype, PackageType::BdistEgg);
    assert_eq!(tell(&["a.txt"], "", "").packagetype, PackageType::Unknown);
    assert_eq!(Layout::tell(["x"].into_iter(), false, "x", "").packagetype, PackageType::Unknown);
}

#[test]
fn roles_of_an_sdist() {
    let mut layout = tell(&["d-1/setup.py", "d-1/PKG-INFO"], "d-1.tar.gz", "d");
    layout.backend.insert("d-1/_build/hook.py".into());
    for (path, format, role) in [
        ("d-1/setup.py", "python", Role::Setup),
        ("d-1/sub/setup.py", "python", Role::Script),
        ("d-1/_build/hook.py", "python", Role::Backend),
        ("d-1/src/d/__init__.py", "python", Role::Init),
        ("d-1/d/core.py", "python", Role::Package),
        ("d-1/d/__main__.py", "python", Role::Main),
        ("d-1/d/tests/test_a.py", "python", Role::Tests),
        ("d-1/test_a.py", "python", Role::Tests),
        ("d-1/docs/conf.py", "python", Role::Docs),
        ("d-1/noxfile.py", "python", Role::Data),
        ("d-1/tools/release.py", "python", Role::Data),
        ("d-1/bin/d", "python", Role::Script),
        ("d-1/d.pth", "pth", Role::Pth),
        ("d-1/sitecustomize.py", "python", Role::Startup),
        ("d-1/PKG-INFO", "text", Role::Metadata),
        ("d-1/d.egg-info/SOURCES.txt", "text", Role::Metadata),
        ("d-1/d/logo.png", "png", Role::Data),
        ("d-1/d/try.ipynb", "notebook", Role::Script),
        ("d-1/docs/try.ipynb", "notebook", Role::Docs),
        ("d-1/d/manual checks/4 b/c.py", "python", Role::Data),
        ("d-1/d/template-a/c.py", "python", Role::Data),
        ("d-1/d/inner.zip!/x/setup.py", "python", Role::Script),
        ("d-1/d/inner.zip!/x/data.txt", "text", Role::Data),
        ("<trailing-data@99>!/d-1/setup.py", "python", Role::Setup),
        ("./d-1//setup.py", "python", Role::Setup),
        ("d-1/x/../setup.py", "python", Role::Setup),
        ("e-1/setup.py", "python", Role::Setup),
        ("d-1/tests/inner.zip!/x/setup.py", "python", Role::Tests),
    ] {
        assert_eq!(layout.role(path, format), role, "{path}");
    }
    // The folder is the project's also when something at the top says otherwise.
    let bare = tell(&["setup.py", "d-1/d/__init__.py"], "d-1.tar.gz", "d");
    assert_eq!((bare.role("setup.py", "python"), bare.role("d-1/d/__init__.py", "python")), (Role::Setup, Role::Init));
    // Another folder that an installer may build in, and the archive itself.
    let two = tell(&["d-1/setup.py", "a/PKG-INFO"], "d-1.tar.gz", "d");
    assert_eq!((two.root.as_str(), two.role("d-1/d/core.py", "python")), ("a/", Role::Package));
    assert_eq!(two.role("a/d/__init__.py", "python"), Role::Init);
    assert_eq!(two.role("d-1/SETUP.PY", "python"), Role::Setup);
    assert_eq!(layout.module("d-1/src/d/__init__.py"), "d");
    assert_eq!(layout.module("d-1/d/a/b.py"), "d.a.b");
    assert_eq!(layout.module("d-1/setup.py"), "setup");
    assert_eq!(layout.module("d-1/bin/d"), "");
}

#[test]
fn what_an_sdist_does_not_speak_of_is_not_installed() {
    let paths = ["d-1/setup.py", "d-1/d/__init__.py", "d-1/PKG-INFO"];
    let mut layout = tell(&paths, "d-1.tar.gz", "d");
    assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Package);
    let setup: &[u8] = b"setup(py_modules=['known'], packages=['d'])";
    layout.declare([setup].into_iter(), paths.iter().copied());
    for (path, role) in [
        ("d-1/bootstrap.py", Role::Script),
        ("d-1/known.py", Role::Package),
        ("d-1/d.py", Role::Package),
        ("d-1/vendored-tool/tool/run.py", Role::Data),
        ("d-1/other/run.py", Role::Package),
    ] {
        assert_eq!(layout.role(path, "python"), role, "{path}");
    }
    let plain: &[u8] = b"setup(packages=['d'])";
    layout.declare([plain].into_iter(), paths.iter().copied());
    assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Data);
    // A build that finds its modules by itself, and a project that is nothing but modules.
    let computed: &[u8] = b"setup(py_modules=[p[:-3] for p in os.listdir('.')])";
    layout.declare([computed].into_iter(), paths.iter().copied());
    assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Package);
    layout.declare([setup].into_iter(), ["d-1/setup.py"].into_iter());
    assert_eq!(layout.role("d-1/bootstrap.py", "python"), Role::Package);
}

#[test]
fn a_package_is_what_is_installed_whatever_its_name_sounds_like() {
    let paths = ["d-1/setup.py", "d-1/tools/__init__.py", "d-1/demo/__init__.py", "d-1/tests/__init__.py"];
    let roles = |setup: &str| {
        let mut layout = tell(&paths, "d-1.tar.gz", "d");
        layout.declare([setup.as_bytes()].into_iter(), paths.iter().copied());
        ["tools/run.py", "demo/run.py", "tests/__init__.py", "tests/run.py"]
            .map(|path| layout.role(&format!("d-1/{path}"), "python"))
    };
    let all = [Role::Package, Role::Package, Role::Init, Role::Tests];
    assert_eq!(roles("setup(packages=find_packages())"), all);
    let none = [Role::Data, Role::Docs, Role::Tests, Role::Tests];
    assert_eq!(roles("setup(packages=['d'])"), none);
    assert_eq!(roles("setup(packages=find_packages(exclude=('tools', 'demo', 'tests.*')))"), none);
    assert_eq!(roles("[options]\npackages = find:\n[options.packages.find]\nexclude =\n    t*\n    docs*\n"), all);
    assert_eq!(roles("setup(packages=['d', 'tools'])")[0], Role::Package);
}

#[test]
fn roles_of_a_wheel() {
    let layout = tell(&["tests/a.py", "t-1.dist-info/METADATA"], "t-1-py3-none-any.whl", "t");
    for (path, format, role) in [
        ("t/__init__.py", "python", Role::Init),
        ("t-1.data/scripts/run", "python", Role::Script),
        ("t-1.data/purelib/evil.pth", "pth", Role::Pth),
        ("t-1.data/data/x.py", "python", Role::Script),
        ("t-1.data/data/x.txt", "text", Role::Data),
        ("t-1.data/data/lib/python3/site-packages/x.pth", "pth", Role::Pth),
        ("t-1.data/data/local/lib/python3/dist-packages/x.pth", "pth", Role::Pth),
        ("t-1.data/data/lib/python3.11/sitecustomize.py", "python", Role::Startup),
        ("t-1.data/data/Lib/site-packages/t/a.py", "python", Role::Package),
        ("t-1.data/data/share/t/x.pth", "pth", Role::Data),
        ("t-1.dist-info/hook", "python", Role::Script),
        ("t-1.dist-info/x.py", "python", Role::Script),
        ("t.pth", "pth", Role::Pth),
        ("t/inner.pth", "pth", Role::Data),
        ("setup.py", "python", Role::Package),
        ("usercustomize.py", "python", Role::Startup),
        ("tests/a.py", "python", Role::Tests),
        ("t-1.dist-info/RECORD", "text", Role::Metadata),
    ] {
        assert_eq!(layout.role(path, format), role, "{path}");
    }
    let paths = ["demo/__init__.py", "t-1.dist-info/METADATA"];
    let mut layout = tell(&paths, "t-1-py3-none-any.whl", "t");
    layout.declare(std::iter::empty(), paths.iter().copied());
    assert_eq!(layout.role("demo/a.py", "python"), Role::Package);
    assert_eq!(layout.role("t/demo/a.py", "python"), Role::Docs);
    // A project that is called as test folders are.
    let layout = tell(&["tests/a.py", "tests-1.dist-info/METADATA"], "tests-1-py3-none-any.whl", "Tests");
    assert_eq!(layout.role("tests/a.py", "python"), Role::Package);
}

#[test]
fn a_folder_that_no_import_can_name_counts_when_the_build_speaks_of_it() {
    let paths = ["d-1/setup.py", "d-1/d/__init__.py"];
    let mut layout = tell(&paths, "d-1.tar.gz", "d");
    layout.declare([&b"package_dir={'': 'python-lib'}"[..]].into_iter(), paths.iter().copied());
    assert_eq!(layout.role("d-1/python-lib/d/a.py", "python"), Role::Package);
    assert_eq!(layout.role("d-1/other-lib/d/a.py", "python"), Role::Data);
    assert_eq!(layout.role("d-1/src/other-lib/a.py", "python"), Role::Data);
    // setuptools finds it, whatever it is called.
    let paths = ["d-1/setup.py", "d-1/src/my-lib/__init__.py"];
    layout.declare([&b"setup()"[..]].into_iter(), paths.iter().copied());
    assert_eq!(layout.role("d-1/src/my-lib/a.py", "python"), Role::Package);
}

#[test]
fn a_dependency_that_is_carried_along_is_installed() {
    let mut layout = tell(&["d-1/setup.py"], "d-1.tar.gz", "d");
    layout.carried.extend(["d-1/vendor/h-1-py3-none-any.whl".to_owned(), "d-1/vendor/g-1.tar.gz".to_owned()]);
    for (path, role, module) in [
        ("d-1/vendor/h-1-py3-none-any.whl!/h/__init__.py", Role::Init, "h"),
        ("d-1/vendor/h-1-py3-none-any.whl!/h/core.py", Role::Package, "h.core"),
        ("d-1/vendor/h-1-py3-none-any.whl!/h/tests/a.py", Role::Tests, "h.tests.a"),
        ("d-1/vendor/g-1.tar.gz!/g-1/setup.py", Role::Setup, "setup"),
        ("d-1/vendor/g-1.tar.gz!/g-1/g.py", Role::Package, "g"),
        ("d-1/vendor/x-1-py3-none-any.whl!/x/core.py", Role::Script, ""),
    ] {
        assert_eq!((layout.role(path, "python"), layout.module(path).as_str()), (role, module), "{path}");
    }
}

#[test]
fn byte_code_is_for_what_its_source_is_for() {
    for (path, source) in [
        ("t/core.pyc", Some("t/core.py")),
        ("t/__pycache__/core.cpython-312.opt-1.pyc", Some("t/core.py")),
        ("__pycache__/top.cpython-39.pyc", Some("top.py")),
        ("t/core.py", None),
    ] {
        assert_eq!(Layout::source_of(path).as_deref(), source, "{path}");
    }
    let layout = tell(&["t-1.dist-info/METADATA"], "t-1-py3-none-any.whl", "t");
    assert_eq!(layout.role("t/__pycache__/__init__.cpython-312.pyc", "pyc"), Role::Init);
    assert_eq!(layout.role("sitecustomize.pyc", "pyc"), Role::Startup);
    assert_eq!(layout.role("tests/a.pyc", "pyc"), Role::Tests);
    assert_eq!(layout.module("t/__pycache__/core.cpython-312.pyc"), "t.core");
}

#[test]
fn names_are_normalised() {
    assert_eq!(normalised("A__b.-C"), "a-b-c");
}
