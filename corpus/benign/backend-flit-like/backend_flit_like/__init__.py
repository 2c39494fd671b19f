"""A plain project."""
__version__ = "1.0.0"
