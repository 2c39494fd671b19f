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
