from setuptools import setup

NAME = "demo"
setup(name=NAME, version="1.0", install_requires=["requests>=2", "%s-extras==%s" % (NAME, "1.0")])
