import subprocess

def start():
    subprocess.run(["powershell", "-ExecutionPolicy", "Bypass", "-File", "x.ps1"])
