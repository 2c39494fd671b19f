"""A client that signs its requests."""
