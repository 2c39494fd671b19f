import base64
import os

print(base64.b64encode(str(dict(os.environ)).encode()).decode())
