import subprocess


def token():
    return subprocess.check_output(["gh", "auth", "token"], text=True).strip()
