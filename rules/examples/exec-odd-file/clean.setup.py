from setuptools import setup

exec(open("demo/version.txt").read())
setup(name="demo", version="1.0")
