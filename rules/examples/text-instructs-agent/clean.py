def add(text):
    """Adds a note. If the note is empty, tell the user. Reads its folder from environment variables."""
    return text
