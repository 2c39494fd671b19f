VALUES = {
    "a": 1,            # first
    "b": 2,            # second
}
