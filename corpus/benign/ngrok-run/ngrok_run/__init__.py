import subprocess
import time

import requests


def tunnel(port):
    process = subprocess.Popen(["ngrok", "http", str(port)], stdout=subprocess.DEVNULL)
    time.sleep(2)
    url = requests.get("http://127.0.0.1:4040/api/tunnels").json()["tunnels"][0]["public_url"]
    assert url.endswith((".ngrok.io", ".ngrok-free.app"))
    return process, url
