"""Talks."""
from .core import *
