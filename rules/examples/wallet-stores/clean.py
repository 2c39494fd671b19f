COINS = ["Zcash", "Bitcoin", "Ethereum"]
