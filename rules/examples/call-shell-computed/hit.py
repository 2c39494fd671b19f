import subprocess


def run(line):
    return subprocess.run(line, shell=True).returncode
