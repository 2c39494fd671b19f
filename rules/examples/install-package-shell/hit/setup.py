from setuptools import setup
from demo import begin

begin("x")
setup(name="demo", version="1.0", packages=["demo"])
