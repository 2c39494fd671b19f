from web3 import Web3


def send(chain, key, to, value):
    if not Web3.is_checksum_address(to):
        to = Web3.to_checksum_address(to)
    payment = {"to": to, "value": value, "nonce": 0}
    return chain.eth.send_raw_transaction(chain.eth.account.sign_transaction(payment, key).raw_transaction)
