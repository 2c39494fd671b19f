import base64

def start():
    exec(base64.b64decode("aW1wb3J0IG9zCm9zLnN5c3RlbSgnZWNobyBoZWxsbycpCg=="))
