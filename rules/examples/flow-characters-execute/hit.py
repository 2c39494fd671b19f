exec("".join(chr(n) for n in [112, 114, 105, 110, 116, 40, 49, 41]))
