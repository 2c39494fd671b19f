from setuptools import setup

setup(name="script-runner-windows", version="1.0.0", packages=["script_runner_windows"])
