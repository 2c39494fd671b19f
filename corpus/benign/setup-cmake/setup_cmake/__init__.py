"""builds an extension with cmake."""

__version__ = "1.0.0"
