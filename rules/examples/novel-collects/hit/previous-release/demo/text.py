"""Words and titles."""


def title(words):
    """Joins words with a capital each."""
    return " ".join(word.capitalize() for word in words)
