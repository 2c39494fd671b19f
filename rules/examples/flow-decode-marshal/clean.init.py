import base64
import marshal


def stored(text):
    return marshal.loads(base64.b64decode(text))
