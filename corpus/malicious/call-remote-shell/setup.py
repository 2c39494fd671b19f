from setuptools import setup

setup(name="call-remote-shell", version="1.0.0", packages=["call_remote_shell"])
