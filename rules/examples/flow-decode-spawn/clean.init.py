import base64
import os

TOKEN = base64.b64decode("ZWNobyBoZWxsbw==").decode()
os.system("git --version")
