from setuptools import setup

setup(name="carried-tool", version="1.0.0", packages=["carried_tool"])
