"""Networks whose layers differ from each other in what a module can leave out, share or repeat."""

import torch
import torch.nn.functional as F
from torch import nn


class Outside(nn.Module):
    """A batch norm without γ and β, not directly behind the convolution."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8, affine=False)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(self.bn(torch.relu(self.conv(x))).mean((2, 3)))


class Inside(nn.Module):
    """Batch norms without γ and β that blocks take in, one behind a convolution with a bias; no moving average."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8, affine=False)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(8, momentum=None, eps=1e-3)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(torch.relu(self.bn2(self.conv2(x))).mean((2, 3)))


class Twice(nn.Module):
    """A convolution and its batch norm that compute twice."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 1)
        self.conv = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(torch.tanh(self.stem(x)))))
        return self.fc(torch.relu(self.bn(self.conv(x))).mean((2, 3)))


class Twins(nn.Module):
    """One convolution before two batch norms, and one batch norm behind two convolutions."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 1)
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.first = nn.BatchNorm2d(8)
        self.second = nn.BatchNorm2d(8)
        self.left = nn.Conv2d(8, 8, 3, padding=1)
        self.right = nn.Conv2d(8, 8, 3, padding=1)
        self.both = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.first(self.conv(torch.tanh(self.stem(x)))))
        x = torch.relu(self.second(self.conv(x)))
        x = torch.relu(self.both(self.left(x)) + self.both(self.right(x)))
        return self.fc(x.mean((2, 3)))


class Windows(nn.Module):
    """Groups, dilation, strides, kernels that are not square, of even size, wider than their zeros."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, (3, 5), stride=2, padding=(2, 1), bias=False)
        self.na = nn.BatchNorm2d(8)
        self.b = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4, bias=False)
        self.nb = nn.BatchNorm2d(8)
        self.c = nn.Conv2d(8, 8, 4, padding=1, groups=8)
        self.nc = nn.BatchNorm2d(8)
        self.d = nn.Conv2d(8, 8, 2, bias=False)
        self.nd = nn.BatchNorm2d(8)
        self.e = nn.Conv2d(8, 8, 5, bias=False, padding=3)
        self.ne = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        for conv, norm in ((self.a, self.na), (self.b, self.nb), (self.c, self.nc), (self.d, self.nd), (self.e, self.ne)):
            x = torch.tanh(norm(conv(x)))
        return self.fc(x.mean((2, 3)))


class Uneven(nn.Module):
    """More zeros on one side than on the other."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 4, padding="same", bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(torch.relu(self.bn(self.conv(x))).mean((2, 3)))


class Others(nn.Module):
    """Norms of other kinds, with and without γ and β, over images and over vectors."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.bare = nn.GroupNorm(4, 8, affine=False)
        self.group = nn.GroupNorm(2, 8, eps=1e-3)
        self.slope = nn.PReLU()
        self.slopes = nn.PReLU(8)
        self.mix = nn.Linear(8, 8)
        self.vector = nn.BatchNorm1d(8, affine=False)
        self.whole = nn.BatchNorm1d(8)
        self.single = nn.InstanceNorm2d(8)
        self.scaled = nn.InstanceNorm2d(8, affine=True, eps=1e-3)
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        x = self.slopes(self.group(self.slope(self.bare(self.conv(x)))))
        x = torch.tanh(self.scaled(torch.tanh(self.single(x))))
        return self.fc(self.whole(self.vector(self.mix(x.mean((2, 3))))))


class Idle(nn.Module):
    """Tensors of no layer, beside layers and within them, and a layer that does not compute."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(8)
        self.bn.register_buffer("seen", torch.ones(3))
        self.spare = nn.Linear(4, 3)
        self.register_buffer("mean", torch.zeros(1, 3, 1, 1))
        self.register_buffer("step", torch.tensor(7))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(torch.relu(self.bn(self.conv(x))).mean((2, 3)))


def randomised(model, seed):
    """Weights and statistics as a training leaves them; batch norms far from 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            shape = module.running_mean.shape
            module.running_mean = torch.randn(shape, generator=generator) * 0.3
            module.running_var = torch.rand(shape, generator=generator) + 0.3
        for name, parameter in module.named_parameters(recurse=False):
            drawn = torch.randn(parameter.shape, generator=generator)
            parameter.data = drawn * 0.3 if parameter.dim() > 1 or name == "bias" else 1 + drawn * 0.3
    return model.eval()


# Network, and whether its own class has a place for what a fusion writes: a bias where there was neither bias nor norm.
CASES = {
    "outside": (Outside, True),
    "inside": (Inside, True),
    "twice": (Twice, True),
    "twins": (Twins, True),
    "windows": (Windows, True),
    "uneven": (Uneven, True),
    "others": (Others, True),
    "idle": (Idle, True),
}
