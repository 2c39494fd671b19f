import os
import subprocess

if os.path.exists("/usr/bin/git"):
    VERSION = subprocess.run(["/usr/bin/git", "describe"], capture_output=True, text=True).stdout
