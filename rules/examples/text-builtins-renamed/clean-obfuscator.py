HEADER = """__title__ = {title!r}; __obfuscator__ = {name!r}
"""


def head(title, name):
    return HEADER.format(title=title, name=name)
