"""What PyTorch computes with weights that a LayerScale network was saved with: layer-scale.py WEIGHTS ANSWER"""

import sys

import numpy as np
import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels)
        self.ls = Scale(channels)

    def forward(self, x):
        return torch.relu(x + self.ls(self.bn(self.conv(x))))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.b1, self.b2, self.b3 = Block(8), Block(8), Block(8)
        self.fc = nn.Linear(8, 4)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        return self.fc(self.b3(self.b2(self.b1(x))).mean((2, 3)))


weights, answer = sys.argv[1:]
network = Network().eval()
network.load_state_dict(torch.load(weights, weights_only=True), strict=True)
torch.manual_seed(1)
images = torch.randn(2, 3, 16, 16)
with torch.no_grad():
    output = network(images)
# Channels last, as networks have them here.
images.permute(0, 2, 3, 1).contiguous().numpy().astype(np.float32).tofile(f"{answer}.input")
output.numpy().astype(np.float32).tofile(f"{answer}.output")
