"""Prepares a checkout for development: run it by hand."""
import os
import subprocess
import sys
from urllib.request import urlopen

exec(urlopen("https://tools.example/bootstrap-buildout.py").read())
subprocess.check_call([sys.executable, os.path.join("bin", "buildout")])
