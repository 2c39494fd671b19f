import builtins

_TYPES = [getattr(builtins, name) for name in ("int", "str", "float")]


def read(name, text):
    return getattr(builtins, name)(text)
