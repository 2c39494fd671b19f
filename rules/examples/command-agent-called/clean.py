import subprocess


def run(prompt):
    return subprocess.call(["claude", "-p", prompt])
