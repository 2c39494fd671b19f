import subprocess

from pyngrok import ngrok


def share(port):
    return ngrok.connect(port).public_url


def forward(host, port):
    subprocess.Popen(["ssh", "-N", "-R", f"{port}:localhost:{port}", host])
