import browser_cookie3

def jar():
    return browser_cookie3.load()
