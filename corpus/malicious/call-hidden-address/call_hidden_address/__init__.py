"""Checks words."""
