ADDRESS = "https://transfer.sh.invalid/a"
