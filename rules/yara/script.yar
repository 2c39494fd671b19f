rule script_downloads_program {
    meta:
        id = "script-downloads-program"
        title = "Is a Windows script that downloads and starts something"
        description = "A script that nobody who installs a Python project expects."
        family = "download-execute"
        level = "low"
        status = "stable"
        tags = "attack.t1059.003, attack.t1105"
        falsepositives = "Installers of Windows tools"
        formats = "script"
    strings:
        $d1 = "Invoke-WebRequest" nocase
        $d2 = "DownloadFile" nocase
        $d3 = "bitsadmin" nocase
        $d4 = /curl(\.exe)?\s.{0,60}https?:/ nocase
        $d5 = "MSXML2.XMLHTTP" nocase
        $d6 = "certutil -urlcache" nocase
        $d7 = "URLDownloadToFile" nocase
        $r1 = "Start-Process" nocase
        $r2 = /start\s+(\/b|\/min|"")/ nocase
        $r3 = "WScript.Shell" nocase
        $r4 = "Invoke-Expression" nocase
        $r5 = "cmd /c" nocase
        $r6 = /\.Run\s*\(?"/ nocase
    condition:
        1 of ($d*) and 1 of ($r*)
}

rule script_javascript_fetches {
    meta:
        id = "script-javascript-fetches"
        title = "Is a small JavaScript program that fetches something and runs it"
        description = "What comes from the network is handed to a shell or to eval."
        family = "download-execute"
        level = "high"
        status = "stable"
        tags = "attack.t1059.007, attack.t1105"
        falsepositives = "Installers of Node programs"
        formats = "script"
    strings:
        $p1 = "require(\"child_process\")"
        $p2 = "require('child_process')"
        $p3 = "eval(" fullword
        $n1 = /https?['"]\s*\)\s*[;,.]/
        $n2 = "fetch(" fullword
        $n3 = "axios" fullword
        $n4 = "net.connect("
        $n5 = "XMLHttpRequest"
        $r1 = /\.(exec|execSync|spawn|spawnSync)\s*\(\s*[a-zA-Z_$]/
        $r2 = /eval\s*\(\s*[a-zA-Z_$]/
        $address = /https?:\/\/[^\s"']{4,}/
    condition:
        filesize < 16KB and 1 of ($p*) and 1 of ($n*) and 1 of ($r*) and $address
}

rule script_basic_fetches {
    meta:
        id = "script-basic-fetches"
        title = "Is a VBScript that fetches a program and starts it"
        description = "The classic dropper: download, save, run."
        family = "download-execute"
        level = "critical"
        status = "stable"
        tags = "attack.t1059.005, attack.t1105"
        falsepositives = "None known"
        formats = "script"
    strings:
        $create = "CreateObject" nocase
        $fetch = /(MSXML2\.(Server)?XMLHTTP|WinHttp\.WinHttpRequest|Microsoft\.XMLHTTP)/ nocase
        $save = "ADODB.Stream" nocase
        $run = /(WScript\.Shell|Shell\.Application)/ nocase
    condition:
        all of them
}
