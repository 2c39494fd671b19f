ADDRESS = "https://transfer.sh/a"
