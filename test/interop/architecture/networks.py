"""Networks that no recogniser knows, in PyTorch's own layers."""

import torch
import torch.nn.functional as F
from torch import nn


class Normed(nn.Module):
    """Convolutions with batch norms behind, in a sequence and by themselves."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.conv2 = nn.Conv2d(8, 8, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8 * 8 * 8, 5)

    def forward(self, x):
        x = F.relu(self.bn2(self.conv2(self.stem(x))))
        return self.fc(torch.flatten(x, 1))


class Odd(nn.Module):
    """ε of its own, a batch norm before the convolution, dilation, groups, a kernel that is not square."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=2, dilation=2)
        self.norm = nn.BatchNorm2d(8, eps=1e-3, momentum=0.3)
        self.deep = nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False)
        self.behind = nn.BatchNorm2d(8, eps=0.05)
        self.flat = nn.Conv2d(8, 4, (3, 5), stride=(1, 2), padding=(1, 2))
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        x = F.relu(self.norm(self.a(x)))
        x = F.hardswish(self.behind(self.deep(x)))
        x = F.avg_pool2d(self.flat(x), 2)
        return self.fc(x.mean((2, 3)))


class Shared(nn.Module):
    """One convolution that computes twice, and two layers of one shape."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.twice = nn.Conv2d(6, 6, 3, padding=1)
        self.other = nn.Conv2d(6, 6, 3, padding=1)
        self.hidden = nn.Linear(6, 6)
        self.last = nn.Linear(6, 6)

    def forward(self, x):
        x = self.first(x)
        x = torch.cat([self.twice(F.relu(self.twice(x))), self.other(x)], 1)[:, :6] + x
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.last(torch.tanh(self.hidden(x)))


class Various(nn.Module):
    """Layers whose weights are found by their names alone, and a linear layer over three axes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.slope = nn.PReLU(8)
        self.group = nn.GroupNorm(8, 8)
        self.mix = nn.Linear(8, 8)
        self.scale = nn.Parameter(torch.tensor([0.5]))
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.slope(self.conv(x))
        x = F.max_pool2d(x, 2).permute(0, 2, 3, 1)
        x = torch.relu(self.mix(x)).permute(0, 3, 1, 2) * self.scale
        return self.head(x.mean((2, 3)))


class Up(nn.Module):
    """Down and up again, by each usual kind of transposed convolution."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=4, padding=1)
        self.up = nn.ConvTranspose2d(8, 6, 2, stride=2)
        self.wide = nn.ConvTranspose2d(6, 5, 4, stride=2, padding=1, bias=False)
        self.odd = nn.ConvTranspose2d(5, 4, 3, stride=2, padding=1, output_padding=1)
        self.gap = nn.ConvTranspose2d(4, 4, (1, 3), stride=(2, 1), padding=(0, 2), dilation=(1, 2))
        self.out = nn.Conv2d(4, 2, 3, stride=2)

    def forward(self, x):
        x = torch.tanh(self.wide(F.relu(self.up(torch.tanh(self.down(x))))))
        return self.out(torch.tanh(self.gap(torch.tanh(self.odd(x))))).mean((2, 3))


class Larger(nn.Module):
    """Down and up again by copied and by mixed pixels, the corners aligned or not."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 8, 3, stride=4, padding=1)
        self.near = nn.Upsample(scale_factor=2, mode="nearest")
        self.mid = nn.Conv2d(8, 6, 3, padding=1)
        self.aligned = nn.Upsample(scale_factor=(3, 2), mode="bilinear", align_corners=True)
        self.end = nn.Conv2d(6, 4, 3, stride=2)
        self.mixed = nn.Upsample(scale_factor=2, mode="bilinear")
        self.out = nn.Conv2d(4, 2, 3)

    def forward(self, x):
        x = torch.tanh(self.mid(self.near(torch.tanh(self.down(x)))))
        return self.out(self.mixed(torch.tanh(self.end(self.aligned(x))))).mean((2, 3))


class Wrapped(nn.Module):
    """What an export script puts around a network."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return torch.softmax(self.model(x), 1)


def randomised(model, seed):
    """Weights and statistics as a training leaves them; batch norms far from 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            shape = module.weight.shape
            module.weight.data = torch.rand(shape, generator=generator) + 0.5
            module.bias.data = torch.randn(shape, generator=generator) * 0.3
            module.running_mean = torch.randn(shape, generator=generator) * 0.3
            module.running_var = torch.rand(shape, generator=generator) + 0.3
        elif hasattr(module, "weight") and module.weight is not None:
            module.weight.data = torch.randn(module.weight.shape, generator=generator) * 0.3
            if getattr(module, "bias", None) is not None:
                module.bias.data = torch.randn(module.bias.shape, generator=generator) * 0.3
    return model.eval()


# Network, how it is exported, whether the export is of the very weights, what stands before the keys of the file.
CASES = {
    "kept": (Normed, "kept", False, ""),
    "folded": (Normed, "folded", True, ""),
    "folded-other": (Normed, "folded", False, ""),
    "wrapped": (Normed, "wrapped", False, "module."),
    "compiled": (Normed, "kept", False, "_orig_mod."),
    "odd": (Odd, "kept", False, ""),
    "shared": (Shared, "kept", False, ""),
    "various": (Various, "kept", True, ""),
    "up": (Up, "kept", False, ""),
    "larger": (Larger, "kept", False, ""),
}
