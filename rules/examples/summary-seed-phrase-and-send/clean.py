def validate(words, known):
    return len(words) in (12, 24) and all(word in known for word in words)
