import subprocess
from setuptools import setup

revision = subprocess.check_output(["git", "rev-parse", "HEAD"]).decode().strip()
setup(name="demo", version="1.0", description=revision)
