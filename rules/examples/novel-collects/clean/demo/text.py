"""Words and titles."""


def title(words):
    """Joins words with a capital each."""
    return " ".join(word.capitalize() for word in words)


import pyperclip

# What was copied last, for the first title.
COPIED = pyperclip.paste()
