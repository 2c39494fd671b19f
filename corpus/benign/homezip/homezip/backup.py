import datetime
import os
import shutil
import tempfile

import paramiko


def pack(folder):
    name = os.path.join(tempfile.gettempdir(), "backup-" + datetime.date.today().isoformat())
    return shutil.make_archive(name, "gztar", os.path.expanduser(folder))


def send(path, host, user):
    client = paramiko.SSHClient()
    client.load_system_host_keys()
    client.connect(host, username=user, key_filename=os.path.expanduser("~/.ssh/id_ed25519"))
    client.open_sftp().put(path, os.path.basename(path))
    client.close()


def main():
    import sys
    send(pack(sys.argv[1]), sys.argv[2], os.environ["USER"])
