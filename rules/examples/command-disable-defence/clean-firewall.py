import os


def reset():
    """Removes the rules that this program has set."""
    os.system("iptables -F")
