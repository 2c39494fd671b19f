import smtplib
from email.message import EmailMessage


def send(host, user, password, to, subject, text):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = user, to, subject
    message.set_content(text)
    with smtplib.SMTP_SSL(host) as server:
        server.login(user, password)
        server.send_message(message)
