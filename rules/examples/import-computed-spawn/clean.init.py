import subprocess

REVISION = subprocess.check_output(["git", "rev-parse", "HEAD"])
