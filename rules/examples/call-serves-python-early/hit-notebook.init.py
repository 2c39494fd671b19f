import subprocess
import sys

subprocess.Popen([sys.executable, "-m", "jupyter", "lab", "--ip=0.0.0.0", "--ServerApp.token=", "--no-browser"])
