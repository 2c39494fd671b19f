import subprocess
import sys


def run(prompt, unattended=False):
    command = ["docker", "run", "--rm", "-it", "agent-image", "claude"]
    if unattended:
        command.append("--dangerously-skip-permissions")
    return subprocess.call(command + ["-p", prompt])


def main():
    run(" ".join(sys.argv[1:]))
