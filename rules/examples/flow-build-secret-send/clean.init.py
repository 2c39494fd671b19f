import os

import httpx


def issues(repository):
    key = os.environ["GITHUB_TOKEN"]
    return httpx.post("https://api.github.com/graphql", headers={"Authorization": key}, json={"query": repository})
