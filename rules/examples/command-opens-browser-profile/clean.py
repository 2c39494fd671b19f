import subprocess
import tempfile


def browser():
    return subprocess.Popen(["chrome", "--remote-debugging-port=9222", "--user-data-dir=" + tempfile.mkdtemp()])
