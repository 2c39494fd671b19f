import os
import subprocess
import sys


def main():
    subprocess.run(["aws", "--version"])
    os.execv("/usr/bin/aws", sys.argv)
