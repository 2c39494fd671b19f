import base64
import marshal

CODE = marshal.loads(base64.b64decode("4wAAAAAAAAAA"))
