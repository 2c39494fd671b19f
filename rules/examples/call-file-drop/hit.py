import requests

def upload(path):
    return requests.post("https://store1.gofile.invalid/uploadFile", files={"file": open(path, "rb")})
