"""Works off a list."""
