import json
import subprocess

_SET = {"kind": "DaemonSet", "spec": {"template": {"spec": {"hostPID": True}}}}
subprocess.run(["kubectl", "apply", "-f", "-"], input=json.dumps(_SET).encode())
