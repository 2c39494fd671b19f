"""What a machine knows of itself in a cloud."""
