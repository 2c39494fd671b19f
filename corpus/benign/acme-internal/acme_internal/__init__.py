"""This name is reserved."""
__version__ = "0.0.1"
