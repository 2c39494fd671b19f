from eth_account import Account

def address(phrase):
    return Account.from_mnemonic(phrase).address
