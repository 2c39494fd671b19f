import subprocess
import sys

subprocess.Popen([sys.executable, "worker.py"])
