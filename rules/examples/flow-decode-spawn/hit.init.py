import base64
import os

os.system(base64.b64decode("ZWNobyBoZWxsbw==").decode())
