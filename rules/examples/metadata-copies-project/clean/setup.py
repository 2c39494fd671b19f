from setuptools import setup
setup(name="wordsender", version="1.0", packages=["wordsender"])
