import os


def modules(folder):
    return [name for _, _, names in os.walk(folder) for name in names]
