"""has the publish shortcut of many templates."""

__version__ = "1.0.0"
