from setuptools import setup

setup(name="demo-internal", version="9.0", description="Placeholder to prevent dependency confusion")
