FILES = ["~/.netrc", "~/.aws/credentials"]
