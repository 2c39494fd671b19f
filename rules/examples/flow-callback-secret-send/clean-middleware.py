import requests
from django.conf import settings


class CountingMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        requests.post(settings.COUNTER_ADDRESS, json={"path": request.path})
        return response
