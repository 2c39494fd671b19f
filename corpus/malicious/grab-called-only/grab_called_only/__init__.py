"""Login helpers."""
from .auth import login
