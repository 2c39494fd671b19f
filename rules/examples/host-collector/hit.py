ADDRESS = "https://webhook.site/a"
