"""Checks the network."""


def version():
    return "1.0.0"
