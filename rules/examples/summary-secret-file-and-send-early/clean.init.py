import configparser
import http.client
import os

book = configparser.ConfigParser()
book.read(os.path.expanduser("~/.aws/credentials"))


def call(host, body):
    line = http.client.HTTPSConnection(host)
    line.request("POST", "/a", body)
    return line.getresponse().read()
