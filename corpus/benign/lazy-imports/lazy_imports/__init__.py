import importlib


class Lazy:
    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        return getattr(importlib.import_module(self._name), attribute)


def optional(name):
    try:
        return __import__(name)
    except ImportError:
        return None
