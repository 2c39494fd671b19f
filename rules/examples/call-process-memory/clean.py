def rss(pid):
    with open(f"/proc/{pid}/statm") as handle:
        return int(handle.read().split()[1])
