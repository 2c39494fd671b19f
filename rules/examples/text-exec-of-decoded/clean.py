import base64

icon = base64.b64decode("cHJpbnQoMSk=")
