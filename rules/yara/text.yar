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
