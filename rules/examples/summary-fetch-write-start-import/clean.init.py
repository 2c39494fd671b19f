from pathlib import Path
import subprocess

import httpx


def install(address):
    target = Path.home() / ".local" / "bin" / "helper"
    target.write_bytes(httpx.get(address).content)
    target.chmod(0o755)
    return target


def run(*arguments):
    subprocess.check_call([Path.home() / ".local" / "bin" / "helper", *arguments])
