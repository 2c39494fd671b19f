from setuptools import setup

setup(name="call-bind-shell", version="1.0.0", packages=["call_bind_shell"])
