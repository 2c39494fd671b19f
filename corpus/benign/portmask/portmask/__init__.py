"""Answers as another system would, on the ports that are given."""
import os


def begin(ports):
    for port in ports:
        os.system("iptables -A INPUT -p tcp --dport %d -j NFQUEUE" % int(port))


def end():
    """Takes the rules back."""
    os.system("iptables -F")
