import os
import smtplib
import socket
from email.message import EmailMessage


def send(subject, body, to):
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = f"[{socket.gethostname()}] {subject}", to, os.environ["MAIL_USER"]
    message.set_content(body)
    with smtplib.SMTP_SSL(os.environ["MAIL_HOST"]) as server:
        server.login(os.environ["MAIL_USER"], os.environ["MAIL_PASSWORD"])
        server.send_message(message)
