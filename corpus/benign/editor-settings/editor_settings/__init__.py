"""Registers a server with a code editor, when asked."""
