ADDRESS = "https://webhook.invalid/a"
