"""Exports networks that were never trained, whose equal weights exporters write once: make.py FOLDER SITE_PACKAGES_OF_ONNX"""

import copy
import sys
import warnings

import torch
from torch import nn

# At the end: all else is this environment's own.
sys.path.append(sys.argv[2])
folder = sys.argv[1]
warnings.simplefilter("ignore")
torch.set_num_threads(1)


class Layer(nn.Module):
    def __init__(self, channels=4, norm=None):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn = norm or nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(self.bn(self.conv(x)))


class Excited(nn.Module):
    """The convolutions of the squeeze have no batch norm, and the width of those that have one."""

    def __init__(self):
        super().__init__()
        self.reduce = nn.Conv2d(4, 4, 1, bias=False)
        self.expand = nn.Conv2d(4, 4, 1, bias=False)
        self.conv = nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4)

    def forward(self, x):
        scale = torch.sigmoid(self.expand(torch.relu(self.reduce(x.mean((2, 3), keepdim=True)))))
        return torch.relu(self.bn(self.conv(x * scale)))


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Layer()
        self.gamma = nn.Parameter(torch.full((4, 1, 1), 0.1))

    def forward(self, x):
        return x + self.layer(x) * self.gamma


class Before(nn.Module):
    """Batch norms before their convolutions, which no exporter folds."""

    def __init__(self):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3, padding=1)
        self.bn2, self.conv2 = nn.BatchNorm2d(4), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        return self.conv2(self.bn2(torch.relu(self.conv1(self.bn1(x)))))


def tied_kernel():
    first, second = Layer(), Layer()
    second.conv.weight = first.conv.weight
    return nn.Sequential(first, second)


def one_norm():
    norm = nn.BatchNorm2d(4)
    return nn.Sequential(Layer(norm=norm), Layer(norm=norm))


def twice():
    layer = Layer()
    return nn.Sequential(layer, nn.ReLU(), layer)


def copied():
    layer = Layer()
    return nn.Sequential(layer, copy.deepcopy(layer))


CASES = {
    "plain": lambda: nn.Sequential(Layer(), Layer(), Layer()),
    "excited": lambda: nn.Sequential(Excited(), Excited()),
    "scaled": lambda: nn.Sequential(Scaled(), Scaled(), Scaled()),
    "before": Before,
    "tied-kernel": tied_kernel,
    "one-norm": one_norm,
    "twice": twice,
    "copied": copied,
}

# Each export takes seconds.
OLD = CASES.keys()
FOLDED = {"plain", "excited"}
NEW = {"before", "excited", "scaled", "copied", "tied-kernel", "twice"}

for number, (name, build) in enumerate(CASES.items()):
    torch.manual_seed(number)
    net = build().eval()
    x = torch.randn(2, 4, 8, 8)
    if name in OLD:
        kept = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
        torch.onnx.export(net, (x,), f"{folder}/{name}.old.onnx", dynamo=False, **kept)
    if name in FOLDED:
        torch.onnx.export(net, (x,), f"{folder}/{name}.folded.onnx", dynamo=False)
    if name in NEW:
        torch.onnx.export(net, (x,), f"{folder}/{name}.new.onnx", verbose=False)
    # As after training, each parameter by itself; convolutions as they were, which folded norms are known by.
    seen = set()
    for key, value in [*net.named_parameters(), *net.named_buffers()]:
        if key.endswith("num_batches_tracked") or value.data_ptr() in seen or "gamma" not in key:
            continue
        seen.add(value.data_ptr())
        value.data.uniform_(0.5, 2)
    if name == "copied":
        net[1].conv.weight.data.normal_()
    with torch.no_grad():
        y = net(x)
    torch.save(net.state_dict(), f"{folder}/{name}.pth")
    x.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{folder}/{name}.input")
    y.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{folder}/{name}.output")
