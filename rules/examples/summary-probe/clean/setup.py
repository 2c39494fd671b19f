from setuptools import setup

setup(name="demo-internal", version="1.0", description="Names for colours")
