"""Clones a repository and builds it."""
import subprocess
import sys


def build(address, folder):
    subprocess.check_call(["git", "clone", "--depth", "1", address, folder])
    subprocess.check_call([sys.executable, "-m", "build", folder])
