"""Sets up a machine with scripts of its own."""
