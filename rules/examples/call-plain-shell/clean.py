import subprocess

def listing():
    subprocess.run("ls", shell=True)
