import urllib.request

urllib.request.urlretrieve("http://files.invalid/update.exe", "update.exe")
