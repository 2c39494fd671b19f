import os
import requests

def login():
    return requests.post("https://api.invalid/login", data={"k": os.getenv("DEMO_API_KEY")})
