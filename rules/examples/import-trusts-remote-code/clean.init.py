from transformers import AutoModel


def load(name, trust=False):
    return AutoModel.from_pretrained(name, trust_remote_code=trust)
