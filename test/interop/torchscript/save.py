"""Saves a network as TorchScript, and says what PyTorch finds when it loads that again: save.py script|trace FILE float|half"""

import json
import sys

import torch
from torch import nn

way, path, kind = sys.argv[1:]


class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.register_buffer("scale", torch.arange(8.0))

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x))) * self.scale.view(1, -1, 1, 1)


torch.manual_seed(4)
inner = nn.Sequential(nn.Conv2d(8, 8, (5, 3), groups=4), Block(8))
net = nn.Sequential(Block(3), inner, nn.Flatten(), nn.Linear(8 * 8 * 10, 5))
net.eval()
if kind == "half":
    net.half()
if way == "script":
    torch.jit.save(torch.jit.script(net), path)
else:
    torch.jit.save(torch.jit.trace(net, torch.randn(2, 3, 12, 12)), path)


def described(tensor):
    values = tensor.double().flatten()
    kind = str(tensor.dtype).removeprefix("torch.")
    return {"shape": list(tensor.shape), "dtype": kind, "values": values[:50].tolist(), "sum": values.abs().sum().item()}


print(json.dumps({name: described(tensor) for name, tensor in torch.jit.load(path).state_dict().items()}))
