from setuptools import setup
setup(name="requests-words", version="1.0", packages=["requests_words"])
