import subprocess

def shell():
    subprocess.Popen(["cmd.exe"])
