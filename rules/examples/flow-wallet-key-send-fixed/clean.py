import requests
from eth_account import Account


class Exchange:
    def __init__(self, private_key):
        self.account = Account.from_key(private_key)

    def order(self, amount):
        signature = self.account.sign_message(amount).signature.hex()
        return requests.post("https://exchange.invalid/order", json={"amount": amount, "signature": signature}).json()
