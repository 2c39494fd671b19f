"""Builds demo."""
import subprocess

from setuptools import setup


# The commit, for the version.
commit = subprocess.check_output(
    ["git", "rev-parse", "--short", "HEAD"],
    text=True,
).strip()
setup(name="demo", version="1.0.1+" + commit, packages=["demo"])
