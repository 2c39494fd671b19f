import os

os.environ["HTTPS_PROXY"] = "http://relay.invalid:8080"
