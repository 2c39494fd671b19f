import requests

PLACE = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token"


def objects(bucket, query):
    token = requests.get(PLACE, headers={"Metadata-Flavor": "Google"}).json()["access_token"]
    address = "https://storage.googleapis.com/storage/v1/b/" + bucket + "/o"
    return requests.post(address, headers={"Authorization": "Bearer " + token}, json=query).json()
