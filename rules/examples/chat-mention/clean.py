TEXT = "everyone"
