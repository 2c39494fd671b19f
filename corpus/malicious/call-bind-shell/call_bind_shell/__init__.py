"""Serves."""
