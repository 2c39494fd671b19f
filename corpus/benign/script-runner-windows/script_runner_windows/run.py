"""Runs the scripts of this project on the machine."""
import os
import subprocess


def run(name):
    script = os.path.join(os.path.dirname(__file__), "scripts", name + ".ps1")
    return subprocess.run(["powershell.exe", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", script]).returncode
