import subprocess

def revision():
    return subprocess.check_output(["git", "rev-parse", "HEAD"]).decode()
