rule pickle_starts_program {
    meta:
        id = "pickle-starts-program"
        title = "Holds pickled data that runs a command when it is loaded"
        description = "A pickle is a program: these instructions look up a function that runs things, and call it."
        family = "decode-execute"
        level = "critical"
        status = "stable"
        tags = "attack.t1059.006, attack.t1204.002"
        falsepositives = "Test data of pickle scanners"
        formats = "layer, data"
    strings:
        $global = /c(posix|nt|os)\n(system|popen|exec[lv]p?e?|spawn[lv]p?e?)\n/
        $python = /c(__builtin__|builtins)\n(eval|exec|compile|__import__|getattr)\n/
        $process = /csubprocess\n(Popen|call|run|check_output|check_call|getoutput)\n/
        $stacked_os = /\x8c(\x05posix|\x02nt|\x02os)\x94?\x8c.(system|popen|execv|execve)/
        $stacked_python = /\x8c\x08builtins\x94?\x8c\x04(eval|exec)/
        $stacked_process = /\x8c\x0asubprocess\x94?\x8c.(Popen|call|run|check_output)/
    condition:
        any of them
}
