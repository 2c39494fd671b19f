import subprocess

from flask import Blueprint, request

pages = Blueprint("pages", __name__)


@pages.route("/convert", methods=["POST"])
def convert():
    return subprocess.check_output(["convert-page", "--", request.form["name"]])
