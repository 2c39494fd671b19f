import subprocess

def hash(path):
    return subprocess.check_output(["certutil", "-hashfile", path])
