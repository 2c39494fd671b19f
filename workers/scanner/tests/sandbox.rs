//! What a locked-in process may not do: each test process locks itself in and tries one thing.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test")]

use std::{
    fs,
    io::Write as _,
    net::{TcpStream, UdpSocket},
    os::unix::{
        fs::PermissionsExt as _,
        net::UnixStream,
        process::{CommandExt as _, ExitStatusExt as _},
    },
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use rustix::process::{Resource, Rlimit, Signal};
use scanner::sandbox;

/// The thing to try, in the environment of a test process that was started for it.
const ACTION: &str = "GATEHOUSE_TEST_ACTION";
const SIGSYS: i32 = 31;
/// Somebody without any right; tests that run as root also try as this user.
const NOBODY: u32 = 65_534;

/// What code that took over its process would like to do. What an action gives does not matter: it must not come back.
const ACTIONS: [(&str, fn()); 18] = [
    ("open a file", || drop(fs::File::open("/etc/hostname"))),
    ("make a file", || drop(fs::File::create("/tmp/gatehouse-sandbox-escape"))),
    ("remove a file", || drop(fs::remove_file("/tmp/gatehouse-sandbox-escape"))),
    ("list a folder", || drop(fs::read_dir("/"))),
    ("ask whether a file is there", || drop(fs::metadata("/etc/hostname"))),
    ("send a datagram", || drop(UdpSocket::bind("127.0.0.1:0"))),
    ("connect", || drop(TcpStream::connect("127.0.0.1:9"))),
    ("make a socket pair", || drop(UnixStream::pair())),
    ("start a thread", || drop(std::thread::Builder::new().spawn(|| ()))),
    ("start a program", || drop(Command::new("/bin/true").spawn())),
    ("become a program", || drop(Command::new("/bin/true").exec())),
    ("signal the supervisor", || {
        let _ = rustix::process::kill_process(rustix::process::getppid().unwrap(), Signal::CONT);
    }),
    ("make memory that runs", || drop(memmap2::MmapMut::map_anon(4096).unwrap().make_exec())),
    ("let itself be traced", || {
        let _ = rustix::process::set_ptracer(rustix::process::PTracer::Any);
    }),
    ("hold on to the supervisor", || {
        let parent = rustix::process::getppid().unwrap();
        drop(rustix::process::pidfd_open(parent, rustix::process::PidfdFlags::empty()));
    }),
    ("leave its session", || {
        let _ = rustix::process::setsid();
    }),
    ("raise its limits", || {
        let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: Some(64) });
    }),
    ("change its folder", || drop(std::env::set_current_dir("/tmp"))),
];

/// What examining needs, and must go on to work.
fn needed() {
    let large = vec![1_u8; 64 << 20];
    let mut many: Vec<Vec<u8>> = (1..2000_usize).map(|size| vec![1; size * 16]).collect();
    many.retain(|block| block.len() % 3 == 0);
    drop((large, many));
    let _: std::collections::HashMap<u8, u8> = std::collections::HashMap::from([(1, 2)]);
    let (clock, lock) = (std::time::Instant::now(), std::sync::Mutex::new(1));
    assert!(*lock.lock().unwrap() == 1 && clock.elapsed().as_secs() < 60);
    std::thread::sleep(std::time::Duration::from_millis(1));
    assert!(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(1))).is_err());
    std::io::stderr().write_all(b"alive\n").unwrap();
}

/// Not a test by itself: what the others start in a process of its own.
#[test]
fn acts_as_it_was_told() {
    let Ok(wanted) = std::env::var(ACTION) else { return };
    // Started with one thread, the harness has none besides this one that would ask for more than is allowed.
    let files = sandbox::renounce_files();
    sandbox::settle_allocator();
    if wanted == "open a file behind the first wall" {
        let opened = fs::File::open("/etc/hostname");
        std::process::exit(if files && opened.is_ok() { 1 } else { 0 });
    }
    sandbox::renounce_system_calls().unwrap();
    if wanted == "what is needed" {
        needed();
        std::process::exit(0);
    }
    ACTIONS.iter().find(|(name, _)| *name == wanted).unwrap().1();
    std::process::exit(2);
}

/// This test program where any user can run it.
fn program(folder: &Path) -> PathBuf {
    let copy = folder.join("sandbox");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    copy
}

fn ends(program: &Path, action: &str, user: Option<u32>) -> (ExitStatus, String) {
    let mut command = Command::new(program);
    command
        .args(["--exact", "acts_as_it_was_told", "--nocapture", "--test-threads=1"])
        .env(ACTION, action)
        .current_dir("/");
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let output = loop {
        match command.output() {
            // A process that another test was just starting holds the copy open for writing until it is another program.
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
            output => break output.unwrap(),
        }
    };
    (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Whoever runs the tests, and nobody if they may become nobody.
fn users() -> Vec<Option<u32>> {
    let root = rustix::process::geteuid().is_root();
    std::iter::once(None).chain(root.then_some(Some(NOBODY))).collect()
}

#[test]
fn everything_that_is_forbidden_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    for user in users() {
        for (action, _) in ACTIONS {
            let (status, said) = ends(&program, action, user);
            assert_eq!(status.signal(), Some(SIGSYS), "{action} as {user:?}: {status}: {said}");
        }
    }
    assert!(!Path::new("/tmp/gatehouse-sandbox-escape").exists());
}

#[test]
fn what_examining_needs_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    for user in users() {
        let (status, said) = ends(&program, "what is needed", user);
        assert!(status.success() && said.contains("alive"), "as {user:?}: {status}: {said}");
    }
}

#[test]
fn files_are_out_of_reach_also_without_the_filter() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    for user in users() {
        let (status, said) = ends(&program, "open a file behind the first wall", user);
        assert!(status.success(), "as {user:?}: {status}: {said}");
    }
}
