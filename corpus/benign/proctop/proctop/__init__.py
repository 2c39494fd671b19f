import psutil


def main(count=10):
    rows = sorted(psutil.process_iter(["pid", "name", "memory_info"]), key=lambda p: -(p.info["memory_info"].rss if p.info["memory_info"] else 0))
    for process in rows[:count]:
        print(process.info["pid"], process.info["name"], process.info["memory_info"].rss >> 20)
