import hashlib
import os
import urllib.request

URL = "https://models.project.test/small-1.0.bin"
SHA256 = "0" * 64


def path():
    target = os.path.join(os.path.expanduser("~/.cache/model_download"), "small-1.0.bin")
    if not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        urllib.request.urlretrieve(URL, target)
        with open(target, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != SHA256:
                os.remove(target)
                raise ValueError("digest differs")
    return target
