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
