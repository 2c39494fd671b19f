"""Runs the native tool of the same name, which is fetched once."""
from .fetch import path

__all__ = ["path"]
