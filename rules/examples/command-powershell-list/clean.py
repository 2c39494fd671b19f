import subprocess

def start():
    subprocess.Popen(["powershell", "-Command", "Get-Process"])
