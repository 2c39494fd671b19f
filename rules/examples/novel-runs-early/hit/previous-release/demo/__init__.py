"""Turns words into titles."""

from demo.text import title

__all__ = ["title"]
