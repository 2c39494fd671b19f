import subprocess

subprocess.check_call(['twine', 'upload', 'dist/*'])
