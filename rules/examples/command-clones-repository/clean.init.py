import subprocess


def fetch(address, folder):
    subprocess.check_call(["git", "clone", "--depth", "1", address, folder])


def revision():
    return subprocess.check_output(["git", "describe", "--tags"]).decode()
