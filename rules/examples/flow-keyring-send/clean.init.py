import keyring
import requests


def orders():
    return requests.get("https://shop.invalid/orders", auth=("me", keyring.get_password("shop", "me")))
