"""Training steps in PyTorch, channels_last: one round for each line on standard input.

Arguments: network (resnet20 | vgg | quick | mobilenet), branches (acnet | plain), precision (float32 | bfloat16, by autocast),
batch size, steps per round. Prints one JSON line when ready, with what the processor can do at most, and one per round.
"""
import json
import resource
import sys
import time

import numpy as np
import torch
from torch import nn

NETWORK, KIND, PRECISION, BATCH, STEPS = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
SIDE = 96 if NETWORK == "mobilenet" else 32
torch.set_num_threads(2)


def conv_bn(inputs, filters, kernel, stride=1, groups=1):
    padding = (kernel[0] // 2, kernel[1] // 2)
    conv = nn.Conv2d(inputs, filters, kernel, stride, padding, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(filters))


class Block(nn.Module):
    def __init__(self, inputs, filters, stride=1, size=3, groups=1):
        super().__init__()
        kernels = [(size, size)] if KIND == "plain" else [(size, size), (1, size), (size, 1)]
        self.branches = nn.ModuleList(conv_bn(inputs, filters, kernel, stride, groups) for kernel in kernels)

    def forward(self, x):
        first, *others = [branch(x) for branch in self.branches]
        for other in others:
            first = first + other
        return first


class Residual(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.first, self.second = Block(inputs, filters, stride), Block(filters, filters)
        self.shortcut = nn.Identity() if stride == 1 else conv_bn(inputs, filters, (1, 1), stride)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.shortcut(x))


def resnet20():
    layers, inputs = [Block(3, 16), nn.ReLU()], 16
    for stage, filters in enumerate([16, 32, 64]):
        for index in range(3):
            layers.append(Residual(inputs, filters, 2 if stage > 0 and index == 0 else 1))
            inputs = filters
    return layers, inputs


def vgg():
    layers, inputs = [], 3
    for filters in [64, 128, 256]:
        layers += [Block(inputs, filters), nn.ReLU(), Block(filters, filters), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = filters
    return layers, inputs


def quick():
    layers, inputs = [], 3
    for filters in [32, 32, 64]:
        layers += [Block(inputs, filters, size=5), nn.ReLU(), nn.MaxPool2d(2)]
        inputs = filters
    return layers, inputs


class Inverted(nn.Module):
    def __init__(self, inputs, expansion, filters, stride):
        super().__init__()
        wide = inputs * expansion
        expand = [] if expansion == 1 else [conv_bn(inputs, wide, (1, 1)), nn.ReLU6()]
        depthwise = [Block(wide, wide, stride, groups=wide), nn.ReLU6()]
        self.layers = nn.Sequential(*expand, *depthwise, conv_bn(wide, filters, (1, 1)))
        self.residual = stride == 1 and inputs == filters

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


def mobilenet():
    layers, inputs = [Block(3, 32, 2), nn.ReLU6()], 32
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for expansion, filters, repetitions, first in stages:
        for index in range(repetitions):
            layers.append(Inverted(inputs, expansion, filters, first if index == 0 else 1))
            inputs = filters
    return [*layers, conv_bn(inputs, 1280, (1, 1)), nn.ReLU6()], 1280


def ceiling():
    """Largest rate of a matrix product, in floating-point operations per second."""
    size, best = 2048, 0.0
    a, b = torch.randn(size, size), torch.randn(size, size)
    for _ in range(8):
        start = time.perf_counter()
        a @ b
        best = max(best, 2 * size**3 / (time.perf_counter() - start))
    return best


def main():
    torch.manual_seed(1)
    layers, features = {"resnet20": resnet20, "vgg": vgg, "quick": quick, "mobilenet": mobilenet}[NETWORK]()
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(features, 10)]
    model = nn.Sequential(*layers, *head).to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    random = np.random.default_rng(1)
    images = [random.standard_normal((BATCH, SIDE, SIDE, 3), dtype=np.float32) for _ in range(8)]
    labels = [torch.from_numpy(random.integers(0, 10, BATCH)) for _ in range(8)]

    def step(i):
        x = torch.from_numpy(images[i % 8]).permute(0, 3, 1, 2)  # channels_last in memory already
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=PRECISION == "bfloat16"):
            logits = model(x)
        loss = nn.functional.cross_entropy(logits.float(), labels[i % 8])
        loss.backward()
        optimiser.step()
        return loss.item()

    for i in range(3):
        step(i)
    print(json.dumps({"name": f"PyTorch {torch.__version__}", "ceiling": ceiling()}), flush=True)
    for _ in sys.stdin:
        seconds = []
        for i in range(STEPS):
            start = time.perf_counter()
            step(i)
            seconds.append(time.perf_counter() - start)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "memory": memory}), flush=True)


main()
