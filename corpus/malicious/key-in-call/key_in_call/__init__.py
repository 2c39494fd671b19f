"""Keeps tables in step."""
