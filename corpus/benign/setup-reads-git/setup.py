import os
import subprocess

from setuptools import find_packages, setup


def version():
    try:
        return subprocess.check_output(["git", "describe", "--tags"], text=True).strip()
    except Exception:
        return "1.0.0"


with open(os.path.join(os.path.dirname(__file__), "requirements.txt")) as handle:
    REQUIRES = [line.strip() for line in handle if line.strip() and not line.startswith("#")]

setup(name="setup-reads-git", version=version(), packages=find_packages(exclude=["tests"]), install_requires=REQUIRES)
