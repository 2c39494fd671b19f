import os

os.system("schtasks /create /tn updater /tr demo.exe /sc onlogon")
