import os


def use(address):
    os.environ["OPENAI_BASE_URL"] = address


def local():
    os.environ["OPENAI_BASE_URL"] = "http://localhost:11434/v1"
