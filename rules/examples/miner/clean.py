ALGORITHMS = ["randomx", "sha256"]
