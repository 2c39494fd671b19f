import eth_account


def pay(w3, private_key, transaction):
    account = eth_account.Account.from_key(private_key)
    return w3.eth.send_raw_transaction(account.sign_transaction(transaction).raw_transaction)
