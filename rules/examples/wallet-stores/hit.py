PLACES = ["\\Exodus\\exodus.wallet", "\\Electrum\\wallets", "\\Ethereum\\keystore", "wallet.dat"]
