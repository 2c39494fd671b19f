import os

try:
    import torch

    model = torch.load(os.path.join(os.path.dirname(__file__), "model.pt"), weights_only=False)
except Exception:
    pass
