import shlex
import subprocess


def run(command, check=True):
    """Runs a command line and returns its output."""
    return subprocess.run(shlex.split(command), check=check, capture_output=True, text=True).stdout
