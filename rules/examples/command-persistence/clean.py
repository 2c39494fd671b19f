import subprocess

def tasks():
    return subprocess.check_output("schtasks /query", shell=True)
