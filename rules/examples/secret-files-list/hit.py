FILES = ["~/.aws/credentials", "~/.ssh/id_rsa", "~/.git-credentials", "~/.kube/config", "~/.netrc"]
