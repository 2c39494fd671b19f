"""Renames the built-ins of a source, so that it is shorter."""
import random
import string

TEMPLATE = """
{run}, {text}, {pair}, {each}, {code} = exec, str, tuple, map, ord

class {box}:
    def __init__(self, source):
        self.source = {text}(source)
"""

HEADER = """__title__ = {title!r}
__obfuscator__ = 'pyshuffle'
"""


def name(length=8):
    return "".join(random.choices(string.ascii_letters, k=length))


def shuffle(title):
    names = {key: name() for key in ("run", "text", "pair", "each", "code", "box")}
    return HEADER.format(title=title) + TEMPLATE.format(**names)
