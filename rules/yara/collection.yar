rule browser_stores {
    meta:
        id = "browser-stores"
        title = "Names the places where browsers keep passwords and cookies"
        description = "Files and folders of several browsers in one place: the list a password stealer works through."
        family = "credential-theft"
        level = "medium"
        status = "stable"
        tags = "attack.t1555.003, attack.t1539"
        falsepositives = "Forensic tools and libraries that read cookies of the user's own browser"
    strings:
        $f1 = "Login Data"
        $f2 = "Web Data"
        $f3 = "Local State"
        $f4 = "key4.db"
        $f5 = "logins.json"
        $f6 = "cookies.sqlite"
        $f7 = /Network[\\\/]{1,2}Cookies/
        $p1 = /Google[\\\/]{1,4}Chrome/ nocase
        $p2 = /BraveSoftware[\\\/]{1,4}Brave-Browser/ nocase
        $p3 = /Opera Software[\\\/]{1,4}Opera/ nocase
        $p4 = /Yandex[\\\/]{1,4}YandexBrowser/ nocase
        $p5 = /Microsoft[\\\/]{1,4}Edge[\\\/]{1,4}User Data/ nocase
        $p6 = /Mozilla[\\\/]{1,4}Firefox/ nocase
        $p7 = "encrypted_key"
        $p8 = "CryptUnprotectData"
    condition:
        2 of ($f*) and 2 of ($p*)
}

rule browser_store_names {
    meta:
        id = "browser-store-names"
        title = "Names several files in which browsers keep passwords and cookies"
        description = "Feeds other rules: code that looks for them by name needs no path."
        family = "credential-theft"
        level = "informational"
        status = "stable"
        tags = "attack.t1555.003, attack.t1539"
        falsepositives = "Forensic tools and libraries that read cookies of the user's own browser"
    strings:
        $a = /['"\\\/]Login Data['"]/
        $b = /['"\\\/]Web Data['"]/
        $c = /['"\\\/]Local State['"]/
        $d = /['"\\\/]key4\.db['"]/
        $e = /['"\\\/]logins\.json['"]/
        $f = /['"\\\/]cookies\.sqlite['"]/
        $g = /['"\\\/]Login Data For Account['"]/
    condition:
        2 of them
}

rule chat_token_pattern {
    meta:
        id = "chat-token-pattern"
        title = "Looks for login tokens of a chat program"
        description = "A pattern for tokens and the folder in which they lie: what follows is their theft."
        family = "credential-theft"
        level = "high"
        status = "stable"
        tags = "attack.t1528, attack.t1539"
        falsepositives = "Test data of secret scanners"
    strings:
        $r1 = /\[\\w-\]\{2[46](,2[0-9])?\}\\?\.\[\\w-\]\{6\}\\?\.\[\\w-\]\{[0-9,]{2,6}\}/
        $r2 = "mfa\\.[\\w-]{84}"
        $r3 = "dQw4w9WgXcQ:"
        $r4 = /mfa\\?\.\[\\w-\]\{8[0-9]\}/
        $l = /Local Storage[\\\/]{1,4}leveldb/ nocase
        $d1 = "discordcanary" nocase
        $d2 = "discordptb" nocase
        $d3 = "Lightcord" nocase
        $d4 = "/api/v9/users/@me"
    condition:
        any of ($r*) or ($l and 1 of ($d*))
}

rule wallet_stores {
    meta:
        id = "wallet-stores"
        title = "Names the places where several wallets keep their keys"
        description = "Folders and extension numbers of several wallets in one list."
        family = "credential-theft"
        level = "medium"
        status = "stable"
        tags = "attack.t1552.001, attack.t1657"
        falsepositives = "Forensic tools; lists of browser extensions"
    strings:
        $a = /Exodus[\\\/]{1,4}exodus\.wallet/ nocase
        $b = /atomic[\\\/]{1,4}Local Storage/ nocase
        $c = /Electrum[\\\/]{1,4}wallets/ nocase
        $d = /Ethereum[\\\/]{1,4}keystore/ nocase
        $e = "wallet.dat" nocase
        $f = "nkbihfbeogaeaoehlefnkodbefgpgknn"
        $g = "bfnaelmomeimhlpmgjnjophhpkkoljpa"
        $h = "hnfanknocfeofbddgcijnmhnfnkdnaad"
        $i = "ibnejdfjmmkpcnlpebklmnkoeoihofec"
        $j = "fhbohimaelbohpjbbldcngcnapndodjp"
        $k = /Coinomi[\\\/]{1,4}/ nocase
        $l = /com\.liberty\.jaxx/ nocase
        $m = /Guarda[\\\/]{1,4}Local Storage/ nocase
        $n = "Zcash" fullword
        $o = "Armory" fullword
    condition:
        3 of them
}

rule coin_address_pattern {
    meta:
        id = "coin-address-pattern"
        title = "Recognises addresses of coins"
        description = "Feeds other rules: a clipper needs such a pattern to know what to replace."
        family = "clipper"
        level = "informational"
        status = "stable"
        tags = "attack.t1115"
        falsepositives = "Wallet libraries check addresses"
    strings:
        $a = /\(?bc1\|\[13\]/
        $b = /\[13\]\[a-km-zA-HJ-NP-Z1-9\]/
        $c = /\^?\(?0x\)?\[a-fA-F0-9\]\{40\}/
        $d = /\^?T\[A-Za-z1-9\]\{33\}/
        $e = /\[48\]\[0-9AB\]\[1-9A-HJ-NP-Za-km-z\]\{93\}/
        $f = /\[LM3\]\[a-km-zA-HJ-NP-Z1-9\]\{26,33\}/
        $g = /0x\[0-9a-fA-F\]\{40\}/
    condition:
        any of them
}

rule messenger_key {
    meta:
        id = "messenger-key"
        title = "Carries the key of a chat channel in its text"
        description = "A key that is written into published code is meant for its author: what is posted with it reaches only him."
        family = "messenger"
        level = "medium"
        status = "stable"
        tags = "attack.t1567.004, attack.t1102"
        falsepositives = "Examples with a key that was revoked"
    strings:
        $discord = /discord(app)?\.com\/api\/(v[0-9]+\/)?webhooks\/[0-9]{16,20}\/[A-Za-z0-9_-]{20,80}/
        $telegram = /\bbot[0-9][0-9]{7,9}:AA[A-Za-z0-9_-]{25,40}/
        $bare = /[0-9]:AA[E-H][A-Za-z0-9_-]{32}/
        $slack = /hooks\.slack\.com\/services\/T[A-Z0-9]{6,12}\/B[A-Z0-9]{6,12}\/[A-Za-z0-9]{16,}/
    condition:
        any of them
}

rule sandbox_names {
    meta:
        id = "sandbox-names"
        title = "Looks for signs that it is being watched"
        description = "Programs and accounts of analysts and of virtual machines: code that asks for them behaves otherwise when it is looked at."
        family = "evasion"
        level = "high"
        status = "stable"
        tags = "attack.t1497.001, attack.t1622"
        falsepositives = "Analysis tools that describe these programs"
    strings:
        $a = "VBoxService" nocase
        $b = "vmtoolsd" nocase
        $c = "VBoxTray" nocase
        $d = "vboxguest" nocase
        $e = "sandboxie" nocase
        $f = "SbieDll" nocase
        $g = "WDAGUtilityAccount"
        $h = "processhacker" nocase
        $i = "httpdebuggerui" nocase
        $j = "ollydbg" nocase
        $k = "x64dbg" nocase
        $l = "joeboxcontrol" nocase
        $m = "vmwaretray" nocase
        $n = "00:0c:29" nocase
        $o = "08:00:27" nocase
        $p = "qemu-ga" nocase
        $q = "ksdumper" nocase
        $r = "fiddler" nocase
        $s = "vmsrvc" nocase
        $t = "prl_tools" nocase
        $u = "00:50:56" nocase
        $v = "VirtualBox" nocase
        $w = "vmware" nocase
        $x = "wireshark" nocase
        $y = "/.dockerenv"
        $z = "DESKTOP-B0T93D6" nocase
        $aa = "pestudio" nocase
        $ab = "procmon" nocase
        $ac = "idaq" nocase
        $ad = "vmusrvc" nocase
        $ae = "IsDebuggerPresent"
        $af = "CheckRemoteDebuggerPresent"
        $ag = "gettrace()"
        $exit = /\b(sys\.exit|os\._exit|exit|quit)\(/
    condition:
        4 of ($a,$b,$c,$d,$e,$f,$g,$h,$i,$j,$k,$l,$m,$n,$o,$p,$q,$r,$s,$t,$u,$x,$z,$aa,$ab,$ac,$ad,$ae,$af)
        or $exit and 5 of them
}

rule spreads_itself {
    meta:
        id = "spreads-itself"
        title = "Takes the publishing key of a developer and uploads projects"
        description = "A worm: it publishes itself with the keys it finds."
        family = "propagation"
        level = "high"
        status = "stable"
        tags = "attack.t1195.001, attack.t1552.001"
        falsepositives = "Release tools of several languages"
    strings:
        $a = ".pypirc"
        $b = "twine upload"
        $c = /['"]twine['"]\s*,\s*['"]upload['"]/
        $d = "TWINE_PASSWORD"
        $s = "setup.py"
        $p = /re\.sub\(.{0,60}version/
        $q = ".npmrc"
        $r = "npm publish"
        $t = ".github/workflows/"
        $u = "trufflehog" nocase
    condition:
        (($a or $d) and ($b or $c) and ($s or $p)) and ($q or $r or $t or $u) or ($u and 2 of ($a,$q,$r,$t))
}

rule secret_files_list {
    meta:
        id = "secret-files-list"
        title = "Names several files in which people keep keys"
        description = "A list of what an intruder copies first."
        family = "credential-theft"
        level = "medium"
        status = "stable"
        tags = "attack.t1552.001, attack.t1552.004"
        falsepositives = "Secret scanners and back-up tools"
        formats = "python, script, layer"
    strings:
        $a = ".aws/credentials"
        $b = "id_rsa"
        $c = "id_ed25519"
        $d = ".git-credentials"
        $e = ".kube/config"
        $f = ".docker/config.json"
        $g = ".bash_history"
        $h = ".zsh_history"
        $i = "/etc/shadow"
        $j = ".config/gcloud"
        $k = ".netrc"
        $l = ".npmrc"
        $m = ".pypirc"
        $n = "wallet.dat"
        $o = ".azure/"
        $p = "kdbx"
    condition:
        5 of them
}

rule deletes_itself {
    meta:
        id = "deletes-itself"
        title = "Removes its own file after it ran"
        description = "Traces of what ran are removed."
        family = "self-delete"
        level = "medium"
        status = "stable"
        tags = "attack.t1070.004"
        falsepositives = "Installers that clean up after themselves"
    strings:
        $a = /os\.(remove|unlink)\(\s*(__file__|sys\.argv\[0\]|os\.path\.(abspath|realpath)\(\s*(__file__|sys\.argv\[0\]))/
        $b = /Path\(__file__\)\.unlink\(/
        $c = /shutil\.rmtree\(\s*os\.path\.dirname\(\s*(os\.path\.abspath\(\s*)?__file__/
    condition:
        any of them
}

rule tool_confession {
    meta:
        id = "tool-confession"
        title = "Calls itself a stealer, a grabber or a remote-control tool"
        description = "Authors of such tools rarely hide their names from each other."
        family = "vocabulary"
        level = "medium"
        status = "test"
        tags = "attack.t1588.001"
        falsepositives = "Detection rules and training material name what they look for"
    strings:
        $a = /\b(token|cookie|password|wallet|discord|browser)[ _-]?(grabber|stealer|logger)\b/ nocase
        $b = /\b(def|class) \w{0,20}(grabber|stealer|keylogger|ransom|reverse_?shell|steal_(cookie|token|pass|data|wallet|info|file)|exfiltrat|inject_payload|anti_?debug|anti_?vm)/ nocase
        $d = /\b(token|cookie|password|wallet)_?(grab|steal)(s|ed|er|ber)?\b/ nocase
        $e = /\b(fud_crypter|botnet|ratclient|c2_server|c2server|infected_host|victim_id)\b/ nocase
    condition:
        any of them
}

rule text_key_posted {
    meta:
        id = "text-key-posted"
        title = "Posts a private key or a seed phrase"
        description = "Who has the key has the coins; a library that posts it steals it."
        family = "credential-theft"
        level = "high"
        status = "stable"
        tags = "attack.t1552.004, attack.t1657"
        falsepositives = "Clients of a signing service of one's own"
    strings:
        $a1 = /['"][pP](rivate_?[kK]ey|riv_?[kK]ey|RIVATE_KEY|RIV_KEY)['"]\s*:/
        $a2 = /['"][mM](nemonic|NEMONIC)['"]\s*:/
        $a3 = /['"][sS]e(ed_?[pP]hrase|cret_?[pP]hrase)['"]\s*:/
        $a4 = /['"][wW]allet_?[kK]ey['"]\s*:/
        $a5 = /['"][rR]ecovery_?[pP]hrase['"]\s*:/
        $c = /(Private ?Key|Mnemonic|Seed ?Phrase|Recovery ?Phrase) ?[:=] ?\{(private|mnemonic|seed|key|pk[}._!:(\[]|account)/
        $post = /\.post\(|\.put\(|\.request\(|urlopen\(|json ?[:=] ?\{|data ?[:=] ?\{|payload ?[:=] ?\{|params ?[:=] ?\{/
        $net = /requests\.|httpx\.|aiohttp|urllib|http\.client|telebot|telegram|smtplib|webhook/
    condition:
        ($c or any of ($a*)) and $net and ($c or for any i in (1, 2, 3, 4) : ($post in (@a1[i] - 240..@a1[i]) or $post in (@a2[i] - 240..@a2[i]) or $post in (@a3[i] - 240..@a3[i]) or $post in (@a4[i] - 240..@a4[i]) or $post in (@a5[i] - 240..@a5[i])))
}

rule key_file_endings {
    meta:
        id = "key-file-endings"
        title = "Looks for files by the endings of keys and sessions"
        description = "Feeds other rules."
        family = "credential-theft"
        level = "informational"
        status = "stable"
        tags = "attack.t1083, attack.t1552.004"
        falsepositives = "Tools for certificates and sessions"
    strings:
        $a = /(endswith|glob|rglob|splitext)\([^\n]{0,60}['"](\*{1,2}\/?)?\*?\.(session|ldb|wallet|kdbx|pem|ovpn|rdp|keystore|ppk|key)['"]/
    condition:
        $a
}
