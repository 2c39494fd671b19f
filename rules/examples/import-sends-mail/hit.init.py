import smtplib
import socket

box = smtplib.SMTP("mail.invalid", 587)
box.sendmail("a@mail.invalid", "b@mail.invalid", socket.gethostname())
