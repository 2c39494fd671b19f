import platform
import sys
from setuptools import setup

requires = ["attrs"]
if platform.system() == "Windows" or sys.platform == "win32":
    requires.append("colorama")
setup(name="setup-platform-requires", version="1.0.0", install_requires=requires)
