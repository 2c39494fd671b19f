"""asks git for its version."""

__version__ = "1.0.0"
