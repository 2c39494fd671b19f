import paramiko


def upload(client, path):
    client.open_sftp().put(path, "/srv/" + path)
