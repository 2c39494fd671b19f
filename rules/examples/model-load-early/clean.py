import torch

def model(path):
    return torch.load(path, weights_only=True)
