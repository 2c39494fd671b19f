import base64
import os

KEY = base64.b64encode(os.environ.get("DEMO_KEY", "none").encode())
