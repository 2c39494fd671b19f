import urllib.request


def fetch():
    return urllib.request.urlopen("https://data.invalid/table.json").read()


def calculate(formula, names):
    exec(formula, names)
