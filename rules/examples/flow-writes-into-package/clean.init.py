import importlib.util
import pathlib


def has(name):
    return importlib.util.find_spec(name) is not None


def source(name):
    return pathlib.Path(importlib.util.find_spec(name).origin).read_text()
