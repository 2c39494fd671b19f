import json
import urllib.request


class DiscordWebhook:
    """Pass the URL of your webhook, https://discord.com/api/webhooks/<id>/<token>."""

    def __init__(self, url):
        self.url = url

    def send(self, content):
        request = urllib.request.Request(self.url, data=json.dumps({"content": content}).encode(), headers={"Content-Type": "application/json"})
        return urllib.request.urlopen(request).status
