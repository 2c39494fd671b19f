from setuptools import setup

setup(name="native-tool-fetch", version="1.0.0", packages=["native_tool_fetch"])
