def load(path):
    settings = {}
    with open(path, "rb") as file:
        exec(compile(file.read(), path, "exec"), settings)
    return {key: value for key, value in settings.items() if key.isupper()}
