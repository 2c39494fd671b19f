import subprocess
from setuptools import setup

subprocess.check_call(["npm", "install"], cwd="frontend")
subprocess.check_call("npm run build", shell=True, cwd="frontend")
setup(name="demo", version="1.0")
