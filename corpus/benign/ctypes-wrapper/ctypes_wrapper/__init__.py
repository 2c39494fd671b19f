import ctypes
import ctypes.util

_library = ctypes.CDLL(ctypes.util.find_library("z") or "libz.so.1")
_library.zlibVersion.restype = ctypes.c_char_p


def version():
    return _library.zlibVersion().decode()
