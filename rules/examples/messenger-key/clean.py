KEY = "https://api.telegram.org/bot<token>/sendMessage"
