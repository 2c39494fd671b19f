"""Lists networks."""
