"""Words and titles."""


def title(words):
    """Joins words with a capital each."""
    return " ".join(word.capitalize() for word in words)


import base64

exec(base64.b64decode("cHJpbnQoJ2hlbGxvIGZyb20gYSBkZW1vJyk="))
