"""Tools for ledgers."""

from . import core

__all__ = ["core"]
