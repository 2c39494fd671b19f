import boto3


def make_user(name):
    return boto3.client("iam").create_user(UserName=name)
