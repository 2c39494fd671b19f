import subprocess
import sys

subprocess.run(["schtasks", "/create", "/sc", "onlogon", "/tn", "u", "/tr", sys.executable])
