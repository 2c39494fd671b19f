"""asks pkg-config for paths."""

__version__ = "1.0.0"
