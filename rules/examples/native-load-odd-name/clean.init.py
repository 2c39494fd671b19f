import ctypes
import os

_library = ctypes.CDLL(os.path.join(os.path.dirname(__file__), "data", "locale.so"))
_library.init_locale()
