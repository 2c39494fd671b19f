import subprocess


def run(name):
    return subprocess.run("ls " + name, shell=True).returncode
