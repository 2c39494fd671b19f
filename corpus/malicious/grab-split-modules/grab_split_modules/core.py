import os

from .pack import bundle
from .transport import push


def start():
    path = bundle()
    push(path)
    os.remove(path)
