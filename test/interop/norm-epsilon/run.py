"""A network whose batch norms have an ε that its weights do not show: run.py make FOLDER, or run.py compare EPS ORIGINAL FUSED...

`make` writes own.pth and own.safetensors. `compare` loads the files, strict, into the network with that ε and prints a list: how far each
is from the first one's output. A file without batch norms has them folded into `fused_conv`.
"""

import json
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

torch.set_num_threads(1)


class Plain(nn.Module):
    def __init__(self, eps, folded=False):
        super().__init__()
        for n, channels in ((1, 3), (2, 16)):
            conv = nn.Conv2d(channels, 16, 3, padding=1, bias=folded)
            setattr(self, f"conv{n}", nn.ModuleDict({"fused_conv": conv}) if folded else conv)
            if not folded:
                setattr(self, f"bn{n}", nn.BatchNorm2d(16, eps=eps))
        self.folded = folded
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        for n in (1, 2):
            conv = getattr(self, f"conv{n}")
            x = F.relu(conv["fused_conv"](x) if self.folded else getattr(self, f"bn{n}")(conv(x)))
        return self.fc(x.mean((2, 3)))


def make(folder):
    torch.manual_seed(4)
    network = Plain(1e-3)
    for norm in (network.bn1, network.bn2):
        norm.running_mean.normal_(0, 0.2)
        norm.running_var.copy_(torch.exp(torch.randn(16) * 2 - 3))
        nn.init.uniform_(norm.weight, 0.3, 1.5)
        nn.init.normal_(norm.bias, 0, 0.3)
    torch.save(network.state_dict(), f"{folder}/own.pth")
    save_file(network.state_dict(), f"{folder}/own.safetensors")


def output(path, eps):
    state = load_file(path) if path.endswith(".safetensors") else torch.load(path, weights_only=True)
    network = Plain(eps, folded="conv1.fused_conv.weight" in state)
    network.load_state_dict(state, strict=True)
    return network.eval()(torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(1)))


with torch.no_grad():
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        eps, (original, *fused) = float(sys.argv[2]), sys.argv[3:]
        expected = output(original, eps)
        print(json.dumps([(output(path, eps) - expected).abs().max().item() for path in fused]))
