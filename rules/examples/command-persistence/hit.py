import subprocess

def stay():
    subprocess.call("schtasks /create /tn updater /tr demo.exe /sc onlogon", shell=True)
