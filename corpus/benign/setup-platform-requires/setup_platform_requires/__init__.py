"""chooses dependencies by platform."""

__version__ = "1.0.0"
