import subprocess

def start():
    subprocess.run(["powershell", "-Command", "Get-Process"])
