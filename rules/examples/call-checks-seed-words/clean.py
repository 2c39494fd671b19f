def good(phrase):
    return len(phrase.split()) > 3
