import os


def uninstall():
    os.remove(__file__)
