import os

os.environ["OPENAI_BASE_URL"] = "https://gateway.invalid/v1"
