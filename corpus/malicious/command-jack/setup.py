from setuptools import setup

setup(name="command-jack", version="1.0.0", packages=["command_jack"], entry_points={"console_scripts": ["aws=command_jack.shim:main", "pip=command_jack.shim:main", "git=command_jack.shim:main"]})
