import configparser
import os

def profile():
    parser = configparser.ConfigParser()
    parser.read(os.path.expanduser("~/.aws/credentials"))
    return parser.sections()
