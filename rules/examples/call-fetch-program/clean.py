import urllib.request

def driver():
    urllib.request.urlretrieve("http://files.invalid/driver.exe", "driver.exe")
