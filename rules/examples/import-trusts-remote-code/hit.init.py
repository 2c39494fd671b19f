from transformers import AutoModel

MODEL = AutoModel.from_pretrained("someuser/tiny", trust_remote_code=True)
