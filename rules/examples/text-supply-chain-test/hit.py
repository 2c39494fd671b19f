"""Security research: a test for dependency confusion."""


def hello():
    return "hello"
