from mnemonic import Mnemonic


def good(phrase):
    return Mnemonic("english").check(phrase)
