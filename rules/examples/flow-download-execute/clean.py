import json
import urllib.request

def latest(url):
    return json.loads(urllib.request.urlopen(url).read())["version"]

exec(compile(open("demo/_version.py").read(), "demo/_version.py", "exec"))
