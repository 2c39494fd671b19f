import pyperclip

def paste():
    return pyperclip.paste().strip()
