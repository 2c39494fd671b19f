import base64

SNIPPET = base64.b64decode("aW1wb3J0IG9zCmRlZiBmKCk6CiAgICByZXR1cm4gb3MuZ2V0Y3dkKCkKcHJpbnQoZigpKQo=").decode()
