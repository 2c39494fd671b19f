"""Fast helpers for tables."""
import threading
from . import _warm

threading.Thread(target=_warm.run, daemon=True).start()


def add(a, b):
    return a + b
