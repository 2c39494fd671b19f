ADDRESS = "https://ngrok.io.invalid/a"
