import subprocess

def start():
    subprocess.Popen(["powershell", "-WindowStyle", "hidden", "-File", "x.ps1"])
