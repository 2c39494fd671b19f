import base64

def start(text):
    return base64.b64decode(text).decode()
