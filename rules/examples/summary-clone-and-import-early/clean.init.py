import subprocess
import sys


def fetch(address, place):
    subprocess.run(["git", "clone", "-q", address, place], check=True)
    sys.path.insert(0, place)
