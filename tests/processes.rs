//! Real processes of the binary under test: started, asked, killed, and never left behind.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// Far longer than anything here takes on a slow machine; reached only when something is lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// A process that ends with its test.
pub(crate) struct Process {
    pub(crate) child: Child,
    name: String,
}

#[allow(dead_code, reason = "each test that includes this file uses its part")]
impl Process {
    /// Starts a role; its log goes to a file that is shown when the test fails.
    pub(crate) fn start(name: &str, log: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { child, name: name.to_owned() }
    }

    /// Lines of standard output until one starts with `prefix`; that line's rest.
    pub(crate) fn says(&mut self, prefixes: &[&str]) -> Vec<String> {
        let lines = BufReader::new(self.child.stdout.take().unwrap()).lines();
        let mut found = vec![None; prefixes.len()];
        for line in lines {
            let line = line.unwrap();
            for (prefix, found) in prefixes.iter().zip(&mut found) {
                if let Some(rest) = line.strip_prefix(prefix) {
                    *found = Some(rest.trim().to_owned());
                }
            }
            if found.iter().all(Option::is_some) {
                return found.into_iter().flatten().collect();
            }
        }
        panic!("{} ended before it said {prefixes:?}", self.name);
    }

    /// SIGKILL, as a machine that is gone.
    pub(crate) fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and the end of the process.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "{} does not end when it is asked to", self.name);
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until the answer is there.
pub(crate) async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Shows the logs of a folder when the test is failing.
pub(crate) struct Logs(pub(crate) std::path::PathBuf);

#[allow(clippy::print_stderr, reason = "a failing test says what its processes said")]
impl Drop for Logs {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for entry in std::fs::read_dir(&self.0).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "log") {
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                let tail: Vec<&str> = text.lines().rev().take(60).collect();
                eprintln!("--- {}", entry.path().display());
                tail.iter().rev().for_each(|line| eprintln!("{line}"));
            }
        }
    }
}
