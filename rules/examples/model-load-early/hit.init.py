import torch

MODEL = torch.load("demo/model.pt", weights_only=False)
