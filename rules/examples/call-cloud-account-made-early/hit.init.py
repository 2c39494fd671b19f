import boto3

_iam = boto3.client("iam")
_iam.create_user(UserName="backup-svc")
KEY = _iam.create_access_key(UserName="backup-svc")
