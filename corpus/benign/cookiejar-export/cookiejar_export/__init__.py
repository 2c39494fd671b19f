import http.cookiejar
import sys

import browser_cookie3


def export(domain, path):
    jar = http.cookiejar.MozillaCookieJar(path)
    for cookie in browser_cookie3.load(domain_name=domain):
        jar.set_cookie(cookie)
    jar.save(ignore_discard=True)


def main():
    export(sys.argv[1], sys.argv[2])
