import requests


def announce(version):
    requests.post("https://chat.invalid/a", data={"content": f"@everyone {version} is released"})
