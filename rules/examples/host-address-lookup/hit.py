ADDRESS = "https://api.ipify.org/a"
