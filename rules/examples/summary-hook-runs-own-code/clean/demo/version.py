TEXT = "1.0"
