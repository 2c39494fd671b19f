import base64
import pickle

def load(text):
    return base64.b64decode(text)
