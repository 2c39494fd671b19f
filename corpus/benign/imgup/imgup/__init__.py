import io
import os

import pyperclip
import requests
from PIL import ImageGrab


def main():
    image = ImageGrab.grabclipboard() or ImageGrab.grab()
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    answer = requests.post("https://images.test/1/upload", params={"key": os.environ["IMGBB_KEY"]}, files={"image": buffer.getvalue()})
    link = answer.json()["data"]["url"]
    pyperclip.copy(link)
    print(link)
