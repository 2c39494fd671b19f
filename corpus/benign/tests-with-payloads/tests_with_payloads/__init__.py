PATTERNS = ["union select", "<script", "/etc/passwd"]


def suspicious(text):
    return any(pattern in text.lower() for pattern in PATTERNS)
