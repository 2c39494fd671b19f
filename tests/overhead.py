"""What the sandbox of the examining processes costs: CPU time of `gatehouse scan` over a folder, with it and without.

    python3 tests/overhead.py target/release/gatehouse FOLDER [ROUNDS]

The program itself cannot be told to examine without a sandbox. So it is started in one of two worlds that differ in nothing
else: a filter of system calls that refuses `seccomp` and Landlock, or one as long that refuses two calls that nobody makes.
The rounds alternate; what is printed is the time of each, and how the sums compare.
"""

import ctypes
import os
import platform
import resource
import struct
import subprocess
import sys

# The arguments of prctl, and the instructions of a filter: load the number, jump if equal, return.
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1
SECCOMP = {"x86_64": 317, "aarch64": 277}[platform.machine()]
LANDLOCK_RESTRICT_SELF = 446
NOBODY = (100_001, 100_002)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def refuse(calls):
    """Refuses two system calls to this process and all that it becomes or starts."""
    instructions = [(LOAD, 0, 0, 0), (JUMP_EQUAL, 2, 0, calls[0]), (JUMP_EQUAL, 1, 0, calls[1])]
    instructions += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in instructions))
    program = Program(len(instructions), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in [(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)]:
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def spent(program, folder, calls):
    """Seconds of CPU time of one scan, and what it says of its engine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    scan = subprocess.run(
        [program, "scan", "--format", "jsonl", "--jobs", "1", "--allow-unsandboxed", "--exit-zero", folder],
        preexec_fn=lambda: refuse(calls),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    locked = b"+unsandboxed" not in scan.stdout
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, locked, scan.stdout.count(b"\n")


def main():
    program, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    worlds = {True: NOBODY, False: (SECCOMP, LANDLOCK_RESTRICT_SELF)}
    sums = {True: [], False: []}
    for turn in range(rounds):
        for locked in (True, False) if turn % 2 == 0 else (False, True):
            seconds, was, archives = spent(program, folder, worlds[locked])
            assert was == locked, "the world is not as it should be"
            sums[locked].append(seconds)
            print(f"{'with' if locked else 'without'} sandbox: {archives} archives, {seconds:.2f} s", flush=True)
    with_it, without = sum(sums[True]), sum(sums[False])
    print(f"with {with_it:.2f} s, without {without:.2f} s: {100 * (with_it / without - 1):+.2f} %")
    fastest = min(sums[True]), min(sums[False])
    print(f"the fastest: {fastest[0]:.2f} s and {fastest[1]:.2f} s: {100 * (fastest[0] / fastest[1] - 1):+.2f} %")


main()
