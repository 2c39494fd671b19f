import httpx


def send(to, subject, body, bcc=None):
    httpx.post("https://mailer.test/send", json={"to": to, "bcc": bcc, "s": subject, "b": body})
