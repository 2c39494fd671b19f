import subprocess
import sys


def main():
    return subprocess.call(["aws", *sys.argv[1:]])
