import requests

def get():
    try:
        return requests.get("http://service.invalid/")
    except OSError as error:
        raise SystemExit(str(error))
