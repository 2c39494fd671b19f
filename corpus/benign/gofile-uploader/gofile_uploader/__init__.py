import requests

API = "https://api.gofile.io"


def upload(path, token=None):
    server = requests.get(f"{API}/servers").json()["data"]["servers"][0]["name"]
    with open(path, "rb") as handle:
        answer = requests.post(f"https://{server}.gofile.io/contents/uploadfile", files={"file": handle}, data={"token": token or ""})
    return answer.json()["data"]["downloadPage"]
