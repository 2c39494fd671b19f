import urllib.request


def keys():
    return urllib.request.urlopen("http://169.254.169.254/latest/meta-data/iam/security-credentials/").read()
