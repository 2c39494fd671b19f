import os
import boto3


def upload(path, bucket, key=None):
    client = boto3.client("s3", endpoint_url=os.environ.get("S3_ENDPOINT"))
    client.upload_file(path, bucket, key or os.path.basename(path))
