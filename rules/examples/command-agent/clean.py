import subprocess


def run(prompt):
    return subprocess.call(["claude", "--dangerously-skip-permissions", "-p", prompt])
