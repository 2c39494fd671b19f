import base64

def start():
    exec(base64.b64decode("cHJpbnQoJ2hlbGxvJyk="))
