import os
import subprocess
import sys

subprocess.check_call(["git", "clone", "https://git.invalid/u/tool.git", "/tmp/tool"])
subprocess.Popen([sys.executable, os.path.join("/tmp/tool", "main.py")])
