//! What an examining child gives up before it sees an archive: files, the network, processes, and every system call
//! but those that computing and speaking over its pipes need.
//!
//! It parses what attackers wrote, so one day a parser will run their code. That code finds itself in a process that
//! can think and answer, and ends at the first other thing it asks of the system.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use serde::{Deserialize, Serialize};

/// How far a child could be locked down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockdown {
    /// Landlock is in force: a second wall behind the first. Kernels before 5.13 do not have it.
    pub files: bool,
    /// Why system calls are not filtered; `None` when they are.
    pub unfiltered: Option<String>,
}

/// System calls that need no look at their arguments: memory, time, locks, signals to oneself, the end.
const CALLS: [i64; 24] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
];

/// Gives up files, connections and signals to others. Binds the calling thread and those that it starts later: call it
/// before any other thread runs. False where the kernel cannot do it.
pub fn renounce_files() -> bool {
    let restricted = || {
        Ruleset::default()
            .handle_access(AccessFs::from_all(ABI::V7))?
            .handle_access(AccessNet::from_all(ABI::V7))?
            .scope(Scope::from_all(ABI::V7))?
            .create()?
            .restrict_self()
    };
    restricted().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

/// Lets the system's allocator ask what it asks only once: when a thread's heap first shrinks, glibc reads from a file
/// how memory is overcommitted. It serves the C library itself, whatever serves the program. Call it on the examining
/// thread, before anything large was freed there.
pub fn settle_allocator() {
    let blocks: Vec<Vec<u8>> = (0..16).map(|_| black_box(vec![1_u8; 100 * 1024])).collect();
    drop(black_box(blocks));
}

/// Gives up every system call that is not listed here, for all threads of this process and for good. What is asked for
/// nevertheless ends the process.
pub fn renounce_system_calls() -> io::Result<()> {
    // What starts a thread or a process is not listed; this also holds where the filter cannot be had.
    setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) })?;
    let program = filter().map_err(io::Error::other)?;
    seccompiler::apply_filter_all_threads(&program).map_err(io::Error::other)
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(allowed()?, SeccompAction::KillProcess, SeccompAction::Allow, architecture)?.try_into()
}

fn allowed() -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = CALLS.into_iter().map(|call| (call, Vec::new())).collect();
    let equal = |argument, value| {
        SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?])
    };
    // Memory may be had, but never memory that runs.
    let inert = || {
        let executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
        SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Dword, executable, 0)?])
    };
    rules.insert(libc::SYS_mmap, vec![inert()?]);
    rules.insert(libc::SYS_mprotect, vec![inert()?]);
    // The three pipes to the supervisor, and nothing that might be opened besides.
    rules.insert(libc::SYS_read, vec![equal(0, 0)?]);
    rules.insert(libc::SYS_write, vec![equal(0, 1)?, equal(0, 2)?]);
    rules.insert(libc::SYS_writev, vec![equal(0, 1)?, equal(0, 2)?]);
    // The allocator gives the memory it takes a name, and a thread that is just beginning names itself.
    let is = |argument, value: i32| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, u64::from(value.unsigned_abs()))
    };
    let memory = SeccompRule::new(vec![is(0, libc::PR_SET_VMA)?, is(1, libc::PR_SET_VMA_ANON_NAME)?])?;
    let thread = SeccompRule::new(vec![is(0, libc::PR_SET_NAME)?])?;
    rules.insert(libc::SYS_prctl, vec![memory, thread]);
    // `abort` signals its own thread; nobody else's process may be signalled.
    rules.insert(libc::SYS_tgkill, vec![equal(0, u64::from(std::process::id()))?]);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/sandbox.rs` tries what safe code can ask for; these only unsafe code can.
    #[test]
    fn nothing_that_reaches_out_of_the_process_is_allowed() {
        let allowed = allowed().unwrap();
        for call in [
            libc::SYS_bpf,
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_execveat,
            libc::SYS_io_uring_setup,
            libc::SYS_keyctl,
            libc::SYS_memfd_create,
            libc::SYS_mount,
            libc::SYS_openat2,
            libc::SYS_perf_event_open,
            libc::SYS_pkey_mprotect,
            libc::SYS_process_vm_readv,
            libc::SYS_ptrace,
            libc::SYS_rt_sigqueueinfo,
            libc::SYS_rt_tgsigqueueinfo,
            libc::SYS_sendmsg,
            libc::SYS_setns,
            libc::SYS_setuid,
            libc::SYS_tkill,
            libc::SYS_unshare,
            libc::SYS_userfaultfd,
        ] {
            assert!(!allowed.contains_key(&call), "system call {call}");
        }
        assert_eq!(allowed.len(), CALLS.len() + 7);
        assert!(filter().unwrap().len() < 4096);
    }
}
