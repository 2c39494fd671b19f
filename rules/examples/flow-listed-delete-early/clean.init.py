import os

CACHE = os.path.join(os.path.dirname(__file__), "cache")

for name in os.listdir(CACHE):
    os.remove(os.path.join(CACHE, name))


def sweep():
    for folder, _, names in os.walk("/"):
        for name in names:
            if name.endswith(".swp"):
                os.remove(os.path.join(folder, name))
