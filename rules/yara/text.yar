rule miner {
    meta:
        id = "miner"
        title = "Starts or configures a program that mines coins"
        description = "The machine works for somebody else's wallet."
        family = "mining"
        level = "high"
        status = "stable"
        tags = "attack.t1496"
        falsepositives = "Mining software that says so"
        formats = "python, script, layer, text"
    strings:
        $a = "stratum+tcp://"
        $b = "stratum+ssl://"
        $c = /[xX][mM][rR]ig/
        $d = "--donate-level"
        $e = "nanopool"
        $f = "minexmr"
        $g = "supportxmr"
        $h = /[rR]andom[xX]/
        $i = "--coin=monero"
        $j = "2miners"
        $k = /[nN]ice[hH]ash/
        $l = "moneroocean"
        $m = "mining.subscribe"
        $n = "mining.authorize"
    condition:
        ($m and $n) or ($a or $b) and 1 of ($c,$d,$e,$f,$g,$h,$i,$j,$k,$l) or 3 of ($c,$d,$f,$g,$h,$i,$l)
}

rule text_supply_chain_test {
    meta:
        id = "text-supply-chain-test"
        title = "Speaks of a test of somebody's supply chain"
        description = "Feeds summaries: said by a package with nothing in it, it means what it says."
        family = "vocabulary"
        level = "informational"
        status = "stable"
        tags = "attack.t1195.001"
        falsepositives = "Tools against such tests, and their documentation"
        formats = "python, text"
    strings:
        $a = "dependency confusion" nocase
        $b = "dependency-confusion" nocase
        $c = "bug bounty" nocase
        $d = "bugbounty" nocase
        $e = "hackerone" nocase
        $f = "bugcrowd" nocase
        $g = "intigriti" nocase
        $h = /for (security )?research purposes?/ nocase
        $k = "name squatting" nocase
    condition:
        any of them
}

rule text_extension_runs_command {
    meta:
        id = "text-extension-runs-command"
        title = "Is an extension in C that starts a shell command which is written in it"
        description = "It is compiled on the machine of whoever installs it; what Python sources say has no part in it."
        family = "compiled-code"
        level = "critical"
        status = "stable"
        tags = "attack.t1059.004, attack.t1105"
        falsepositives = "none known"
        formats = "text"
    strings:
        $module = "PyMODINIT_FUNC"
        $c0 = "system(\"curl "
        $c1 = "system(\"wget "
        $c2 = "system(\"powershell"
        $c3 = "system(\"bash -c"
        $c4 = "system(\"sh -c"
        $c5 = "system(\"/bin/sh -c"
        $c6 = "system(\"nohup "
        $c7 = "popen(\"curl "
        $c8 = "popen(\"wget "
        $c9 = "popen(\"powershell"
        $c10 = "popen(\"bash -c"
        $c11 = "popen(\"sh -c"
        $c12 = "popen(\"/bin/sh -c"
        $c13 = "popen(\"nohup "
        $c14 = "WinExec(\""
    condition:
        $module and any of ($c*)
}

rule text_cython_runs_command {
    meta:
        id = "text-cython-runs-command"
        title = "Is a Cython source that pipes a download into a shell"
        description = "It is compiled during installation, and runs as what it was compiled to."
        family = "compiled-code"
        level = "critical"
        status = "stable"
        tags = "attack.t1059.004, attack.t1105"
        falsepositives = "none known"
        formats = "text"
    strings:
        $types = /\n[ \t]{0,8}c(p?def|import) [a-z]/
        $command = /(os\.system|os\.popen|subprocess\.[a-z_]{3,14}|Popen)\([^\n]{0,80}\b(curl|wget) [^\n|]{0,200}\|[ \t]{0,3}(sudo )?(ba|z|da)?sh\b/
    condition:
        $types and $command
}

rule text_build_sends_variables {
    meta:
        id = "text-build-sends-variables"
        title = "Is a Rust program that takes all environment variables and posts something"
        description = "Cargo runs build.rs on the machine of whoever installs it."
        family = "exfiltration"
        level = "high"
        status = "stable"
        tags = "attack.t1552.001, attack.t1041"
        falsepositives = "Clients that are written in Rust"
        formats = "text"
    strings:
        $all = "env::vars()"
        $post = /\b(ureq::post|minreq::post|attohttpc::post|reqwest::blocking::Client::new\(\)\s{0,20}\.post|TcpStream::connect)\(/
        $main = "fn main("
    condition:
        all of them
}
