import os

def stay():
    os.system("schtasks /create /tn demo /tr demo.exe /sc onlogon")
