import os


def save(code):
    with open(os.path.join("build", "index.js"), "w") as file:
        file.write(code)
