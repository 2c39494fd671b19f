"""has a test command of its own."""

__version__ = "1.0.0"
