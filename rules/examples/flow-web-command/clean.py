import subprocess

from flask import Flask, request

app = Flask(__name__)


@app.route("/version")
def version():
    if request.args.get("full"):
        return "1.0.0"
    return subprocess.check_output(["git", "describe"])
