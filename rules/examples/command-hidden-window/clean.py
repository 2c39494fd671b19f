import subprocess

def run(arguments):
    return subprocess.run(arguments, creationflags=0x08000000)
