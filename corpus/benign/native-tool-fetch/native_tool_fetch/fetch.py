"""Fetches the tool for this platform and checks its digest."""
import hashlib
import os
import platform
import stat
import subprocess
import urllib.request

BASE = "https://releases.example/tool/1.4"
DIGESTS = {"Linux": "0" * 64, "Darwin": "1" * 64, "Windows": "2" * 64}


def path():
    suffix = ".exe" if os.name == "nt" else ""
    target = os.path.join(os.path.expanduser("~"), ".cache", "native-tool", "tool" + suffix)
    if not os.path.exists(target):
        data = urllib.request.urlopen(f"{BASE}/tool-{platform.system()}{suffix}").read()
        if hashlib.sha256(data).hexdigest() != DIGESTS[platform.system()]:
            raise ValueError("the tool is not the one that was released")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(data)
        os.chmod(target, os.stat(target).st_mode | stat.S_IEXEC)
    return target


def main(arguments):
    return subprocess.call([path(), *arguments])
