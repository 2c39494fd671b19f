rule fork_bomb {
    meta:
        id = "fork-bomb"
        title = "Makes processes without end"
        description = "The machine has no time left for anything else."
        family = "destruction"
        level = "critical"
        status = "stable"
        tags = "attack.t1499"
        falsepositives = "Tests of limits"
    strings:
        $a = /while (True|1|\(True\)) ?:\s{1,40}os\.fork\(\)\s*(\n|;|$)/
        $b = ":(){ :|:& };:"
        $c = ":(){:|:&};:"
    condition:
        $a or $b or $c
}

rule ransom_note {
    meta:
        id = "ransom-note"
        title = "Carries a note that asks for money for the user's files"
        description = "The note is what the victim reads afterwards."
        family = "destruction"
        level = "critical"
        status = "stable"
        tags = "attack.t1486, attack.t1657"
        falsepositives = "Detection rules and training material quote such notes"
    strings:
        $a1 = "iles have been encrypted"
        $a2 = "iles are encrypted"
        $a3 = "iles were encrypted"
        $a4 = "ILES HAVE BEEN ENCRYPTED"
        $a5 = "ocuments have been encrypted"
        $pay = "itcoin"
        $coin = " BTC"
        $quiet = "onero"
        $key = "ecryption key"
    condition:
        any of ($a*) and any of ($pay, $coin, $quiet, $key)
}

rule browser_forced_extension {
    meta:
        id = "browser-forced-extension"
        title = "Puts an extension of its own into the shortcuts of a browser"
        description = "The browser is started with code that reads every page, and nothing in its settings shows it."
        family = "persistence"
        level = "critical"
        status = "stable"
        tags = "attack.t1176, attack.t1547.009"
        falsepositives = "None known; test drivers start a browser themselves"
    strings:
        $a = "--load-extension" nocase
        $b = "CreateShortcut" nocase
        $c = ".lnk" nocase
    condition:
        $a and $b and $c
}

rule model_address_replaced {
    meta:
        id = "model-address-replaced"
        title = "Sends the requests of other libraries to an address of its own"
        description = "The key and every prompt pass through a machine that the user did not choose."
        family = "redirection"
        level = "high"
        status = "stable"
        tags = "attack.t1557, attack.t1565.002"
        falsepositives = "Gateways that say so set the address of their own service"
        formats = "python, script, layer"
    strings:
        $a1 = "OPENAI_BASE_URL\"] = \"https://"
        $a2 = "OPENAI_BASE_URL'] = 'https://"
        $a3 = "OPENAI_BASE_URL\", \"https://"
        $a4 = "ANTHROPIC_BASE_URL\"] = \"https://"
        $a5 = "ANTHROPIC_BASE_URL'] = 'https://"
        $a6 = "ANTHROPIC_BASE_URL\", \"https://"
        $own = "https://api.openai.com"
        $own2 = "https://api.anthropic.com"
    condition:
        any of ($a*) and not ($own or $own2)
}

rule security_tools_ended {
    meta:
        id = "security-tools-ended"
        title = "Ends programs that look for harm"
        description = "What would have seen the next step is switched off first."
        family = "defence-evasion"
        level = "high"
        status = "stable"
        tags = "attack.t1562.001"
        falsepositives = "Lists of processes in tools for administration"
    strings:
        $n1 = "MsMpEng"
        $n2 = "avp.exe"
        $n3 = "wireshark.exe" nocase
        $n4 = "NortonSecurity"
        $n5 = "mcshield"
        $n6 = "procmon.exe" nocase
        $n7 = "ProcessHacker"
        $n8 = "bdagent"
        $n9 = "avastui" nocase
        $k1 = ".kill()"
        $k2 = ".terminate()"
        $k3 = "taskkill"
    condition:
        2 of ($n*) and any of ($k*)
}

rule text_instructs_agent {
    meta:
        id = "text-instructs-agent"
        title = "Tells a coding agent to fetch secrets, and to say nothing of it"
        description = "The description of a tool is read by the agent that may use it; what it orders, the agent does."
        family = "agent"
        level = "critical"
        status = "stable"
        tags = "attack.t1059, attack.t1552.001"
        falsepositives = "Tests of agents quote such texts"
        formats = "python, layer, text"
    strings:
        $q1 = "not mention this to the user" nocase
        $q2 = "not mention it to the user" nocase
        $q3 = "not tell the user" nocase
        $q4 = "not inform the user" nocase
        $s1 = "/.ssh"
        $s2 = "/mcp.json"
        $s3 = "/.aws"
        $s4 = ".env file"
        $s5 = "id_rsa"
    condition:
        any of ($q*) and any of ($s*) and (
        for any i in (1, 2, 3) : (for any of ($s*) : ($ in (@q1[i] - 600..@q1[i] + 300))) or
        for any i in (1, 2, 3) : (for any of ($s*) : ($ in (@q2[i] - 600..@q2[i] + 300))) or
        for any i in (1, 2, 3) : (for any of ($s*) : ($ in (@q3[i] - 600..@q3[i] + 300))) or
        for any i in (1, 2, 3) : (for any of ($s*) : ($ in (@q4[i] - 600..@q4[i] + 300))))
}

rule text_javascript_fetch_eval {
    meta:
        id = "text-javascript-fetch-eval"
        title = "Carries JavaScript that runs what it fetches"
        description = "The program for another interpreter is a text here, so that no view of the Python shows it."
        family = "download-execute"
        level = "high"
        status = "stable"
        tags = "attack.t1059.007, attack.t1105"
        falsepositives = "None known"
        formats = "python, layer"
    strings:
        $a = /eval\(await [a-z]{1,12}\.text\(\)\)/
        $b = /\.then\([a-z]{1,6} ?=> ?[a-z]{1,6}\.text\(\)\)\.then\(eval\)/
        $c = /new Function\(await [a-z]{1,12}\.text\(\)\)/
    condition:
        any of them
}

rule template_reaches_shell {
    meta:
        id = "template-reaches-shell"
        title = "Carries a template that climbs out of its sandbox and starts a program"
        description = "Rendering the text runs a command, and no call in the code says so."
        family = "hidden-command"
        level = "medium"
        status = "stable"
        tags = "attack.t1059, attack.t1221"
        falsepositives = "Tests of sandboxes and of web security; one labelled honest project carries one"
        formats = "python, layer"
    strings:
        $a = /\{\{[^\n]{0,80}__globals__[^\n]{0,60}(popen|system|subprocess)/
        $b = /\{\{[^\n]{0,80}__subclasses__\(\)[^\n]{0,80}(popen|system|subprocess|Popen)/
    condition:
        any of them
}
