import os

ROOTS = [os.path.join(os.environ.get("LOCALAPPDATA", ""), *parts) for parts in (
    ("Google", "Chrome", "User Data"), ("Microsoft", "Edge", "User Data"), ("Vivaldi", "User Data"))]


def profiles():
    for root in ROOTS:
        if os.path.isdir(root):
            for entry in os.listdir(root):
                if entry == "Default" or entry.startswith("Profile "):
                    yield os.path.join(root, entry)
