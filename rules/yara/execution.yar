rule text_exec_of_download {
    meta:
        id = "text-exec-of-download"
        title = "Carries text that runs what it downloads"
        description = "Also seen where it is not code of this file but a text that is written elsewhere to be run."
        family = "download-execute"
        level = "high"
        status = "stable"
        tags = "attack.t1105, attack.t1059.006"
        falsepositives = "Security training material"
    strings:
        $a = /exec\(\s*(__import__\(.{1,40}\)\.)?_?u?urlopen\(/
        $b = /exec\(\s*(requests|httpx|urllib3?)\.(get|post|request|urlopen)/
        $c = /exec\(\s*u\(\s*['"f]/
        $d = /exec\(\s*__import__\(\s*['"](requests|urllib|urllib\.request|httpx|http\.client|socket)['"]/
        $e = /(IEX|iex|Invoke-Expression)\s*\(?\s*\(?\s*(New-Object|iwr\s|irm\s|Invoke-WebRequest|Invoke-RestMethod|\(iwr\s)/
    condition:
        any of them
}

rule text_exec_of_decoded {
    meta:
        id = "text-exec-of-decoded"
        title = "Carries text that runs what it decodes"
        description = "Found by its shape, so that a source which no parser reads cannot hide it."
        family = "decode-execute"
        level = "high"
        status = "stable"
        tags = "attack.t1027, attack.t1140, attack.t1059.006"
        falsepositives = "Single-file distributions of pip and virtualenv"
    strings:
        $a = /(exec|eval)\(\s*(compile\(\s*)?(__import__\(\s*['"](base64|zlib|marshal|codecs|binascii|lzma|bz2|gzip)['"]\s*\)|base64|zlib|marshal|codecs|binascii|lzma)\.[a-z0-9_]{4,20}\(/
        $b = /(exec|eval)\(\s*(compile\(\s*)?(b64decode|decompress|unhexlify|a2b_base64|b85decode)\(/
        $c = /(exec|eval)\(\s*(compile\(\s*)?bytes\.fromhex\(/
        $d = /\(\s*lambda\s+__?\s*:\s*__import__\(\s*['"](zlib|base64|marshal)['"]/
        $e = /(exec|eval)\(\s?['"]{2}\.join\(\s*(\[\s*)?(map\()?\s*chr/
        $f = /(exec|eval)\(\s*Fernet\(/
        $g = /(exec|eval)\(\s*\(?_{1,3}\)?\(\s*b?['"]/
        $h = /(exec|eval)\(\s*\(lambda\s/
    condition:
        any of them
}

rule text_reverse_shell {
    meta:
        id = "text-reverse-shell"
        title = "Opens a shell to another machine"
        description = "The other end of the connection types, this machine obeys."
        family = "remote-control"
        level = "high"
        status = "stable"
        tags = "attack.t1059.004, attack.t1095"
        falsepositives = "Security training material"
        formats = "script, layer"
    strings:
        $tcp = "/dev/tcp/"
        $udp = "/dev/udp/"
        $bash = /(ba)?sh\s+-i/
        $nc = /\bn(c|cat)\s.{0,40}-e[ \t]{1,3}(\/bin\/(ba)?sh|cmd[\s.'"])/
        $fifo = /mkfifo\s.{0,80}\|\s*nc\s/
        $dup = /os\.dup2\(\s*s[a-z]*\.fileno\(\)\s*,\s*[012]\s*\)/
        $dup2 = /dup2\(\s*_?s[a-z0-9]*\.fileno\(\)/
        $spawn = /pty\.spawn\(|subprocess\.(call|Popen)\(\s*\[\s*['"]\/bin\/(ba)?sh['"]\s*,\s*['"]-i/
        $ps = "System.Net.Sockets.TCPClient"
        $psget = ".GetStream()"
    condition:
        (($tcp or $udp) and $bash) or $nc or $fifo or (($dup or $dup2) and $spawn) or ($ps and $psget)
}

rule text_shell_line_named {
    meta:
        id = "text-shell-line-named"
        title = "Carries a line that opens a shell to another machine"
        description = "A hint only. Whether something runs the line is said by other rules: tools for tests of security print it."
        family = "remote-control"
        level = "medium"
        status = "stable"
        tags = "attack.t1059.004, attack.t1095"
        falsepositives = "Security training material"
        formats = "python"
    strings:
        $tcp = "/dev/tcp/"
        $udp = "/dev/udp/"
        $bash = /(ba)?sh\s+-i/
        $nc = /\bn(c|cat)\s.{0,40}-e[ \t]{1,3}(\/bin\/(ba)?sh|cmd[\s.'"])/
        $fifo = /mkfifo\s.{0,80}\|\s*nc\s/
        $dup = /os\.dup2\(\s*s[a-z]*\.fileno\(\)\s*,\s*[012]\s*\)/
        $dup2 = /dup2\(\s*_?s[a-z0-9]*\.fileno\(\)/
        $spawn = /pty\.spawn\(|subprocess\.(call|Popen)\(\s*\[\s*['"]\/bin\/(ba)?sh['"]\s*,\s*['"]-i/
        $ps = "System.Net.Sockets.TCPClient"
        $psget = ".GetStream()"
    condition:
        (($tcp or $udp) and $bash) or $nc or $fifo or (($dup or $dup2) and $spawn) or ($ps and $psget)
}

rule text_meterpreter {
    meta:
        id = "text-meterpreter"
        title = "Carries a known remote-control stub"
        description = "The stub of a well-known attack framework: it receives a length, then a program, and runs it."
        family = "remote-control"
        level = "critical"
        status = "stable"
        tags = "attack.t1059, attack.t1105"
        falsepositives = "None known"
    strings:
        $a = "import socket,struct,time"
        $b = /struct\.unpack\(\s*['"]>I['"]\s*,\s*s\.recv\(4\)\s*\)\[0\]/
        $c = "exec(zlib.decompress(base64.b64decode(d)),{'s':s})"
        $d = "exec(d,{'s':s})"
    condition:
        ($a and $b) or $c or $d or ($b and 1 of ($c,$d))
}

rule text_powershell_encoded {
    meta:
        id = "text-powershell-encoded"
        title = "Carries a hidden or encoded PowerShell command"
        description = "Read in scripts and decoded layers too."
        family = "shell-command"
        level = "medium"
        status = "stable"
        tags = "attack.t1059.001, attack.t1027"
        falsepositives = "Windows set-up tools"
    strings:
        $ps = "powershell" nocase
        $a = /-e(nc|ncodedcommand|c)?\s+[A-Za-z0-9+\/]{40}/ nocase
        $b = /-w(indowstyle)?\s+hidden/ nocase
        $c = "FromBase64String" nocase
        $d = "DownloadString(" nocase
        $e = "DownloadFile(" nocase
        $f = /-(ep|exec|executionpolicy)\s+bypass/ nocase
        $g = "Add-MpPreference" nocase
        $h = "IO.Compression" nocase
        $i = "Invoke-Expression" nocase
    condition:
        $ps and (2 of ($a,$b,$c,$d,$e,$f,$h,$i) or $a or $g)
}

rule text_hidden_by_comment_codec {
    meta:
        id = "text-hidden-by-comment-codec"
        title = "Turns text round or shifts letters, and runs the result"
        description = "The names and texts that matter are written so that a search does not find them."
        family = "decode-execute"
        level = "high"
        status = "stable"
        tags = "attack.t1027, attack.t1140"
        falsepositives = "Puzzles"
    strings:
        $a = /(exec|eval)\(.{0,40}codecs\.decode\(.{1,4000},\s*['"]rot_?13['"]/
        $b = /(exec|eval)\(\s*['"][^'"\n]{20,8000}['"]\[::-1\]/
        $c = /globals\(\)\[['"](\\x[0-9a-f]{2}){3}/
        $d = /getattr\(\s*__import__\(\s*(bytes\(|['"](\\x[0-9a-f]{2}){2}|['"]['"]\.join|base64|bytes\.fromhex)/
        $e = /__import__\(\s*['"](\\x[0-9a-f]{2}){2}/
        $f = /__import__\(\s*['"][a-z]{1,12}['"]\[::-1\]/
        $g = /getattr\(\s*__builtins__\s*,\s*[\[b(]/
        $h = /__builtins__\.__dict__\[\s*['"](\\x|ex|ev|co|_)/
    condition:
        any of them
}

rule text_builtins_renamed {
    meta:
        id = "text-builtins-renamed"
        title = "Gives exec or eval another name among other built-in functions"
        description = "The names of the functions that matter are replaced by meaningless ones before they are used."
        family = "hidden-name"
        level = "high"
        status = "stable"
        tags = "attack.t1027"
        falsepositives = "None known"
    strings:
        $a = /\w ?= ?(exec|eval) ?, ?(str|tuple|map|ord|chr|globals|type|getattr|bytes|compile|int|list|vars)\s*,/
        $b = /, ?(exec|eval) ?, ?(str|tuple|map|ord|chr|globals|type|getattr|bytes|compile|int|list|vars)\s*\n/
        $d = /\( ?lambda ?: ?\(? ?(exec|eval) ?\)/
        $e = /= ?staticmethod\( ?(exec|eval)\b/
    condition:
        any of them
}

rule text_spawn_at_top {
    meta:
        id = "text-spawn-at-top"
        title = "Carries a download and start in one line of shell"
        description = "What is fetched is run in the same line."
        family = "shell-command"
        level = "medium"
        status = "test"
        tags = "attack.t1059.004, attack.t1105"
        falsepositives = "Help texts and Dockerfiles of development tools"
    strings:
        $a = /(curl|wget)\s[^\n]{0,200}https?:\/\/[^\n]{0,200}(&&|;|\|)\s*(chmod|sh|bash|python3?|start|\.\/|sudo|cmd|powershell|cscript|wscript)\b/
        $b = /curl\s[^\n]{0,160}(\||&&)\s*(ba|z)?sh\b/
    condition:
        any of them
}
