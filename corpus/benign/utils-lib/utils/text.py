import re


def clean(text):
    return re.sub(r'\s+', ' ', text)
