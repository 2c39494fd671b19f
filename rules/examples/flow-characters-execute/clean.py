LETTERS = "".join(chr(n) for n in range(97, 123))
exec("ALPHABET = LETTERS")
