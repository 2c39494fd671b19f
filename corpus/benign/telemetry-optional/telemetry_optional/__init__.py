import os
import platform
import urllib.parse
import urllib.request


def report(event):
    if os.environ.get("TELEMETRY_OPTIONAL") != "1":
        return
    data = urllib.parse.urlencode({"event": event, "python": platform.python_version(), "system": platform.system()}).encode()
    urllib.request.urlopen("https://telemetry.project.test/v1", data=data, timeout=2)
