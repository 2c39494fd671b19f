from setuptools import setup

setup(name="call-remote-script", version="1.0.0", packages=["call_remote_script"])
