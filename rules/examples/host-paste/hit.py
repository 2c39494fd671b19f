ADDRESS = "https://pastebin.com/a"
