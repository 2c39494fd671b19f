import requests
from requests.adapters import HTTPAdapter


class Service(requests.Session):
    """A client of a service whose address the user gives."""

    def __init__(self, base):
        super().__init__()
        self.base = base
        self.mount("https://", Retrying())

    def request(self, method, path, **more):
        return super().request(method, self.base + path, **more)


class Retrying(HTTPAdapter):
    def send(self, request, **more):
        more.setdefault("timeout", 10)
        return super().send(request, **more)
