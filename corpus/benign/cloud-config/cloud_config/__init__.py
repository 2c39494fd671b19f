import configparser
import os


def credentials(profile="default"):
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    config = configparser.ConfigParser()
    config.read(os.path.expanduser("~/.aws/credentials"))
    return config[profile]["aws_access_key_id"], config[profile]["aws_secret_access_key"]
