import pyperclip

def upper():
    pyperclip.copy(pyperclip.paste().upper())
