def plausible(words):
    return len(words) in (12, 24)
