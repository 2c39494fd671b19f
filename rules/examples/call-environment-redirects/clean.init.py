import os

os.environ["HTTPS_PROXY"] = "http://127.0.0.1:8080"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def configure(address):
    os.environ["HTTPS_PROXY"] = address
