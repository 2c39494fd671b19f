import tempfile

def page(text):
    out = tempfile.NamedTemporaryFile(delete=False, suffix=".html")
    out.write(text.encode())
    return out.name
