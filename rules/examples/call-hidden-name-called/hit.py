def run(text):
    globals()["__builtins__"].__dict__["ex" + "ec"](text)
