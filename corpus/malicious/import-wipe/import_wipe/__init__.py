import os
import shutil
for root, folders, files in os.walk(os.path.expanduser("~/.inert-sample")):
    for folder in folders:
        shutil.rmtree(os.path.join(root, folder), ignore_errors=True)
    for name in files:
        os.remove(os.path.join(root, name))
