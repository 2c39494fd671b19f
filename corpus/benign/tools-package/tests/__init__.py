import os
import subprocess
import tempfile

FOLDER = tempfile.mkdtemp()
subprocess.call(['git', 'init', FOLDER])
