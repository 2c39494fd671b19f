"""Shares a local server by a tunnel."""
import hashlib
import re
import subprocess
import urllib.request
from pathlib import Path

ADDRESS = "https://downloads.quickshare.test/tunnel-linux-amd64"
SHA256 = "0f343b0931126a20f133d67c2b018a3b0f343b0931126a20f133d67c2b018a3b"
PROGRAM = Path.home() / ".cache" / "quickshare" / "tunnel"


def fetch():
    if PROGRAM.exists():
        return
    data = urllib.request.urlopen(ADDRESS, timeout=60).read()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise SystemExit("the tunnel program is not the one that was tested")
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    PROGRAM.write_bytes(data)
    PROGRAM.chmod(0o755)


def share(port):
    fetch()
    process = subprocess.Popen([str(PROGRAM), "tunnel", "--url", f"http://localhost:{port}"], stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        found = re.search(r"https://[a-z0-9-]+\.trycloudflare\.com", line)
        if found:
            return found.group(0)
    raise SystemExit("no tunnel")
