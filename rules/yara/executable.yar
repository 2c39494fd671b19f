rule binary_with_messenger {
    meta:
        id = "binary-with-messenger"
        title = "Is a program with a chat channel or collector in it"
        description = "What a compiled module talks to can only be seen in its strings."
        family = "opaque-network"
        level = "high"
        status = "stable"
        tags = "attack.t1567.004, attack.t1102"
        falsepositives = "Bindings of chat libraries"
        formats = "executable"
    strings:
        $a = "discord.com/api/webhooks/"
        $b = "discordapp.com/api/webhooks/"
        $c = "api.telegram.org/bot"
        $d = ".oast."
        $e = "webhook.site/"
        $f = ".ngrok.io"
        $g = "pastebin.com/raw"
        $h = "burpcollaborator.net"
        $i = "interact.sh"
        $j = "trycloudflare.com"
    condition:
        any of them
}

rule binary_with_stealer_strings {
    meta:
        id = "binary-with-stealer-strings"
        title = "Is a program that names browsers' password stores"
        description = "A compiled module with this list is not part of a library."
        family = "opaque-theft"
        level = "high"
        status = "stable"
        tags = "attack.t1555.003"
        falsepositives = "Bundled browsers"
        formats = "executable"
    strings:
        $a = "Login Data" ascii wide
        $b = "Local State" ascii wide
        $c = "encrypted_key" ascii wide
        $d = "Local Storage\\leveldb" ascii wide
        $e = "cookies.sqlite" ascii wide
        $f = "CryptUnprotectData"
        $g = "\\User Data" ascii wide
    condition:
        4 of them
}

rule binary_frozen_python {
    meta:
        id = "binary-frozen-python"
        title = "Is a program made from Python sources that are not shipped"
        description = "A frozen program inside a Python project hides Python code from Python people."
        family = "opaque"
        level = "medium"
        status = "stable"
        tags = "attack.t1027.002"
        falsepositives = "Tools that ship a frozen copy of themselves"
        formats = "executable"
    strings:
        $a = "PyInstaller"
        $b = "_MEIPASS"
        $c = "pyi-runtime-tmpdir"
        $d = "NUITKA_ONEFILE"
        $e = "pyi_rth"
    condition:
        2 of them
}

rule binary_reverse_shell {
    meta:
        id = "binary-reverse-shell"
        title = "Is a small program with a shell and a connection in it"
        description = "The parts of a reverse shell, compiled."
        family = "opaque-network"
        level = "medium"
        status = "stable"
        tags = "attack.t1059.004, attack.t1095"
        falsepositives = "Terminal and expect-like bindings"
        formats = "executable"
    strings:
        $s1 = "/bin/sh"
        $s2 = "/bin/bash"
        $c1 = "inet_addr"
        $c2 = "inet_pton"
        $d = "dup2"
        $e = "execve"
        $f = "execl"
        $g = "socket"
    condition:
        filesize < 300KB and 1 of ($s*) and 1 of ($c*) and $d and ($e or $f) and $g
}

rule binary_with_fixed_address {
    meta:
        id = "binary-with-fixed-address"
        title = "Is a program with a bare address or a port of its own in it"
        description = "What a compiled module talks to can only be seen in its strings."
        family = "opaque-network"
        level = "high"
        status = "test"
        tags = "attack.t1071.001, attack.t1571"
        falsepositives = "Bindings of self-hosted services"
        formats = "executable"
    strings:
        $ip = /https?:\/\/(([1-9]|1[1-9]|[2-9][0-9]|1[013-8][0-9]|2[0-2][0-9])\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})[:\/]/
        $port = /https?:\/\/[a-z0-9-]{2,40}\.[a-z0-9.-]{2,40}:[0-9]{3,5}\/[a-z]/
        $local = /https?:\/\/(127\.0|10\.|192\.168|0\.0\.0)/
    condition:
        filesize < 4MB and ($ip or $port) and not $local
}
