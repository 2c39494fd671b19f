BUILTINS = ["exec", "str", "tuple"]
kinds = (str, tuple, list)
