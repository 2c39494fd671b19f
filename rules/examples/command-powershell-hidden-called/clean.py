import subprocess

def processes():
    return subprocess.check_output("powershell Get-Process", shell=True)
