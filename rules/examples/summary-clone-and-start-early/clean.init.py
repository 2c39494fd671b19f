import subprocess
import sys


def fetch(address, folder):
    subprocess.check_call(["git", "clone", address, folder])
    subprocess.check_call([sys.executable, "-m", "build", folder])
