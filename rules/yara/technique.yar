rule text_settings_name_function {
    meta:
        id = "text-settings-name-function"
        title = "Has a table of settings start a program"
        description = "Logging and its kin call whatever function a table of settings names."
        family = "hidden-command"
        level = "critical"
        status = "stable"
        tags = "attack.t1059"
        falsepositives = "Tests of scanners"
        formats = "python, script, layer"
    strings:
        $a = /("\(\)": ?"|'\(\)': ?')(os|subprocess|builtins|posix|pty|importlib)\.(system|popen|Popen|run|call|exec|eval|spawn|import_module|getoutput|check_output)["']/
    condition:
        $a
}

rule text_annotation_runs {
    meta:
        id = "text-annotation-runs"
        title = "Hides a call in an annotation and has it evaluated"
        description = "`typing.get_type_hints` evaluates annotations that are texts."
        family = "hidden-command"
        level = "critical"
        status = "stable"
        tags = "attack.t1059.006, attack.t1027"
        falsepositives = "Tests of scanners"
        formats = "python, script, layer"
    strings:
        $a = "get_type_hints"
        $b = /:\s*["']__import__\(\s*["'](os|subprocess|pty|urllib|socket|builtins)/
    condition:
        all of them
}

rule text_pickles_a_command {
    meta:
        id = "text-pickles-a-command"
        title = "Builds an object that starts a program when it is loaded"
        description = "What is registered to rebuild an object is called when it is loaded."
        family = "hidden-command"
        level = "critical"
        status = "stable"
        tags = "attack.t1059, attack.t1027"
        falsepositives = "Tests and documentation of scanners of models"
        formats = "python, script, layer"
    strings:
        $r = /\(\s*(os\.system|os\.popen|posix\.system|subprocess\.(Popen|call|run|check_output|getoutput)|builtins\.(exec|eval)|exec|eval)\s*,\s*\(\s*["'\[]/
        $a = "copyreg.pickle("
        $b = "pickle.loads("
        $c = "pickle.load("
    condition:
        $r and ($a or $b or $c)
}

rule text_syntax_tree_runs {
    meta:
        id = "text-syntax-tree-runs"
        title = "Puts a command together as a syntax tree and runs it"
        description = "The call stands nowhere in the source as a call."
        family = "hidden-command"
        level = "critical"
        status = "stable"
        tags = "attack.t1059.006, attack.t1027"
        falsepositives = "Tests of tools that read syntax trees"
        formats = "python, script, layer"
    strings:
        $a = /ast\.Attribute\(\s*(value\s*=\s*)?ast\.Name\(\s*(id\s*=\s*)?["'](os|subprocess|pty|shutil|socket|builtins)["']/
        $b = /ast\.Name\(\s*(id\s*=\s*)?["'](exec|eval|__import__)["']/
        $c = "compile("
        $d = /\b(exec|eval)\(/
    condition:
        ($a or $b) and $c and $d
}

rule text_memory_executable {
    meta:
        id = "text-memory-executable"
        title = "Makes memory that can be run and calls into it"
        description = "Machine code that is no file."
        family = "shellcode"
        level = "high"
        status = "stable"
        tags = "attack.t1620, attack.t1055"
        falsepositives = "Just-in-time compilers"
        formats = "python, script, layer"
    strings:
        $a = "PROT_EXEC"
        $b = "mmap.mmap("
        $c = "CFUNCTYPE("
        $d = "from_buffer("
        $e = "fromhex("
        $f = /b["'](\\x[0-9a-f]{2}){3}/
    condition:
        $a and $b and $c and $d and ($e or $f)
}

rule text_payee_replaced {
    meta:
        id = "text-payee-replaced"
        title = "Sends a payment to an address that is written in the code, whatever the caller says"
        description = "The parameter that names the receiver is overwritten under a condition."
        family = "clipper"
        level = "critical"
        status = "stable"
        tags = "attack.t1565.002"
        falsepositives = "None known"
        formats = "python, script, layer"
    strings:
        $a = /\n[ \t]+(if|elif)[^\n]{3,120}:[ \t]*\n?[ \t]+(to|recipient|receiver|destination|dest|payee|to_address|to_addr|to_pubkey|dest_address|recipient_address)[ \t]*=[ \t]*([A-Z][A-Z_0-9]{2,30}|["'](0x[0-9a-fA-F]{40}|[1-9A-HJ-NP-Za-km-z]{32,44}|bc1[a-z0-9]{20,60})["'])[ \t]*\n/
        $b = "sign_transaction"
        $c = "send_raw_transaction"
        $d = "sendRawTransaction"
        $e = "send_transaction"
        $f = "sendtoaddress"
        $g = "TransferParams"
    condition:
        $a and any of ($b,$c,$d,$e,$f,$g)
}

rule text_waits_for_a_day {
    meta:
        id = "text-waits-for-a-day"
        title = "Does something from a day on that is written in the code"
        description = "Feeds summaries: licences and deprecations look at the day too."
        family = "vocabulary"
        level = "informational"
        status = "stable"
        tags = "attack.t1497.003"
        falsepositives = "Licences and deprecations"
        formats = "python, script, layer"
    strings:
        $a = /\b(today|now|utcnow)\([^)\n]{0,24}\)(\.date\(\))?[ \t]*[<>]=?[ \t]*(datetime\.)?(date\(20|datetime\(20)[0-9]{2}/
        $b = /\btime\.time\(\)( > 1| < 1| >= 1| <= 1|>1|<1)[789][0-9]{8}/
    condition:
        any of them
}

rule text_counts_seed_words {
    meta:
        id = "text-counts-seed-words"
        title = "Counts the words of a wallet"
        description = "Feeds summaries."
        family = "vocabulary"
        level = "informational"
        status = "stable"
        tags = "attack.t1552"
        falsepositives = "Wallets"
        formats = "python, script, layer"
    strings:
        $a = /\blen\([a-z_.]{1,24}\)[ \t]*(not[ \t]+)?in[ \t]*[\(\[\{](12, 15|12,15|12, 18|12,18|12, 24|12,24)[ \t0-9,]{0,20}[\)\]\}]/
        $b = "mnemonic"
        $c = "phrase"
        $d = "words"
    condition:
        $a and any of ($b,$c,$d)
}

rule text_agent_never_asks {
    meta:
        id = "text-agent-never-asks"
        title = "Switches off the questions of a coding agent in the settings of an editor"
        description = "An agent that may do everything without asking does what any text tells it."
        family = "agent-settings"
        level = "high"
        status = "stable"
        tags = "attack.t1562.001, attack.t1059"
        falsepositives = "Extensions of editors that manage such settings"
        formats = "python, script, layer"
    strings:
        $a = "chat.tools.autoApprove"
        $b = "chat.tools.global.autoApprove"
        $c = "chat.tools.terminal.autoApprove"
        $d = "enableAllProjectMcpServers"
        $e = "skipDangerousModePermissionPrompt"
        $w1 = "write_text("
        $w2 = "json.dump("
        $w3 = ".write("
    condition:
        1 of ($a,$b,$c,$d,$e) and 1 of ($w1,$w2,$w3)
}
