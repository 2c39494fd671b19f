def steal_cookies():
    return []
