BASE = "https://chat.invalid/api/v9/users/@me"
