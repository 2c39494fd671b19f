rule pickle_runs_program {
    meta:
        id = "pickle-runs-program"
        title = "Is a stored object that starts a program when it is loaded"
        description = "A pickle is a small program; this one calls the system."
        family = "hidden-code"
        level = "high"
        status = "stable"
        tags = "attack.t1204.002, attack.t1059.006"
        falsepositives = "Test data of tools that look for unsafe pickles"
        formats = "data, text"
    strings:
        $a = /c(posix|nt|os)\n(system|popen)\n/
        $b = /c(__builtin__|builtins)\n(exec|eval)\n/
        $c = /\x8c.(posix|nt|os)(\x94)?\x8c.(system|popen)\x94/
        $d = /\x8c.builtins(\x94)?\x8c.(exec|eval)\x94/
        $e = /csubprocess\n(Popen|call|run|check_output)\n/
    condition:
        any of them
}
