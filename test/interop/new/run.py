"""Loads new files of weights, strict, into networks as papers and PyTorch define them, and runs both these and the Python modules
written beside the files: run.py CASES.json. Batch norms get values of their own first, and the file is saved again.

A case has a network, a file and a module. Beside each file are written `.input` and `.output`: float32 values, images last but for
their channels. Prints, for each case, how far the module is from the definition, as a share of the largest output, and the
standard deviation of each kernel in units of He's law, the root of 2 / fan-in.
"""

import importlib.util
import json
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

torch.set_num_threads(1)


class CifarQuick(nn.Module):
    """Caffe's cifar10_quick, layer by layer; Caffe's poolings count windows over the edge."""

    def __init__(self, norm, classes, channels):
        super().__init__()
        for n, (inputs, filters) in enumerate([(channels, 32), (32, 32), (32, 64)], 1):
            setattr(self, f"conv{n}", nn.Conv2d(inputs, filters, 5, padding=2, bias=not norm))
            if norm:
                setattr(self, f"bn{n}", nn.BatchNorm2d(filters))
        self.ip1, self.ip2 = nn.Linear(64 * 4 * 4, 64), nn.Linear(64, classes)
        self.norm = norm

    def forward(self, x):
        pools = [nn.MaxPool2d(3, 2, ceil_mode=True)] + [nn.AvgPool2d(3, 2, ceil_mode=True)] * 2
        for n in (1, 2, 3):
            x = getattr(self, f"conv{n}")(x)
            if self.norm:
                x = getattr(self, f"bn{n}")(x)
            # A maximum and ReLU may change places.
            x = pools[n - 1](F.relu(x))
        return self.ip2(self.ip1(x.flatten(1)))


class Vgg16(nn.Module):
    """Simonyan and Zisserman's configuration D with batch norms and one linear layer."""

    def __init__(self, classes, channels):
        super().__init__()
        layers = []
        for item in [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]:
            if item == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers += [nn.Conv2d(channels, item, 3, padding=1), nn.BatchNorm2d(item), nn.ReLU()]
            channels = item
        self.features, self.classifier = nn.Sequential(*layers), nn.Linear(512, classes)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Block(nn.Module):
    def __init__(self, inputs, filters):
        super().__init__()
        self.more = filters - inputs
        self.stride = 2 if self.more else 1
        self.conv1 = nn.Conv2d(inputs, filters, 3, self.stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)

    def forward(self, x):
        value = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.more:
            # Option A: every second pixel, zeros for the channels that are missing.
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return F.relu(value + x)


class ResNet(nn.Module):
    """He et al. (2016), section 4.2."""

    def __init__(self, depth, classes, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        inputs = 16
        for stage, filters in enumerate([16, 32, 64], 1):
            blocks = []
            for _ in range((depth - 2) // 6):
                blocks.append(Block(inputs, filters))
                inputs = filters
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in (self.layer1, self.layer2, self.layer3):
            x = stage(x)
        return self.linear(x.mean((2, 3)))


NETWORKS = {
    "cifar-quick": lambda size: CifarQuick(False, *size),
    "cifar-quick-bn": lambda size: CifarQuick(True, *size),
    "vgg16-bn": lambda size: Vgg16(*size),
    "resnet20": lambda size: ResNet(20, *size),
}


def module_of(path, file):
    spec = importlib.util.spec_from_file_location("made", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made.load(file)


def run(case):
    torch.manual_seed(3)
    file, channels = case["file"], case["channels"]
    state = load_file(file) if file.endswith(".safetensors") else torch.load(file, weights_only=True)
    kernels = [value for value in state.values() if value.dim() > 1]
    spread = [(value.std() * (value[0].numel() / 2) ** 0.5).item() for value in kernels if value.numel() > 2000]
    network = NETWORKS[case["network"]]((case["classes"], channels))
    network.load_state_dict(state, strict=True)
    # New norms change nothing, wherever they are: these do.
    for norm in (layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)):
        norm.running_mean.normal_(0, 0.3)
        norm.running_var.uniform_(0.5, 2)
        nn.init.uniform_(norm.weight, 0.5, 1.5)
        nn.init.normal_(norm.bias, 0, 0.3)
    (save_file if file.endswith(".safetensors") else torch.save)(network.state_dict(), file)
    x = torch.randn(2, channels, 32, 32, generator=torch.Generator().manual_seed(1))
    expected = network.eval()(x)
    x.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{file}.input")
    expected.numpy().tofile(f"{file}.output")
    found = module_of(case["module"], file)(x)
    return {"difference": ((found - expected).abs().max() / expected.abs().max()).item(), "spread": spread}


with torch.no_grad():
    print(json.dumps([run(case) for case in json.load(open(sys.argv[1]))]))
