ADDRESS = "https://pastebin.com.invalid/a"
