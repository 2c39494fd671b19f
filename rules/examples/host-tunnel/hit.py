ADDRESS = "https://a1b2.ngrok.io/a"
