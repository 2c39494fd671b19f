import subprocess
import sys

VERSION = subprocess.check_output([sys.executable, "-c", "import sys; print(sys.version)"])
