import smtplib


def report(server, sender, receiver, text):
    with smtplib.SMTP(server, 587) as box:
        box.sendmail(sender, receiver, text)
