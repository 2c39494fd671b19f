import html
import json
import os
import sys

PLACES = {
    "win32": os.path.expandvars(r"%LOCALAPPDATA%\Google\Chrome\User Data\Default\Bookmarks"),
    "darwin": os.path.expanduser("~/Library/Application Support/Google/Chrome/Default/Bookmarks"),
    "linux": os.path.expanduser("~/.config/google-chrome/Default/Bookmarks"),
}


def links(node):
    if node.get("type") == "url":
        yield node["name"], node["url"]
    for child in node.get("children", []):
        yield from links(child)


def page():
    with open(PLACES[sys.platform], encoding="utf-8") as handle:
        roots = json.load(handle)["roots"]
    rows = [f'<li><a href="{html.escape(url)}">{html.escape(name)}</a>' for root in roots.values() for name, url in links(root)]
    return "<ul>" + "".join(rows) + "</ul>"
