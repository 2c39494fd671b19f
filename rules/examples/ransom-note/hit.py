NOTE = "Your files have been encrypted. Send 0.05 BTC to the address below."
