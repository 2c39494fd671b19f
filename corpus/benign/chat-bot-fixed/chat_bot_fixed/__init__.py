"""A bot that tells how the server is."""
from .bot import run

__all__ = ["run"]
