ADDRESS = "https://address.invalid/a"
