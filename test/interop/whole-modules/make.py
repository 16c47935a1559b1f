"""Saves whole modules that are other than their names say, and what they give: make.py FOLDER"""

import os
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pytorch"))
from networks import VGG, CifarResNet, MobileNetV2, ResNet, randomised

folder = sys.argv[1]
torch.set_num_threads(1)


class Standardised(nn.Conv2d):
    """Computes otherwise than its base class, under the same attributes."""

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)
        return self._conv_forward(x, weight, self.bias)


def doubled(module, inputs, output):
    return output * 2


def small_images(net):
    net.maxpool = nn.Identity()
    net.conv1.stride = (1, 1)


def activations(net, make):
    for name, module in list(net.named_modules()):
        if isinstance(module, (nn.ReLU, nn.ReLU6)):
            parent, _, last = name.rpartition(".")
            setattr(net.get_submodule(parent), last, make())


def norms(net):
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-2, 0.03


def dilated(net):
    for module in net.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            module.dilation = module.padding = (2, 2)


def same(net):
    net.layer1[0].conv2.padding = "same"


def pooled(net):
    net.maxpool = nn.MaxPool2d((2, 3), (2, 1), (0, 1))


def flat(net):
    block = net.features[2]
    block.conv[1][0].stride = (1, 1)
    block.use_res_connect = False


def strided(net):
    net.features[0].stride = (2, 2)
    net.features[0].padding = (0, 0)


def without_last_activation(net):
    net.features[18][2] = nn.Identity()


def circular(net):
    net.layer1[0].conv2.padding_mode = "circular"


def standardised(net):
    old = net.layer2[0].conv1
    new = Standardised(old.in_channels, old.out_channels, old.kernel_size, old.stride, old.padding, bias=False)
    new.weight.data = old.weight.data
    net.layer2[0].conv1 = new


def hooked(net):
    net.layer1.register_forward_hook(doubled)


def function(net):
    net.layer1[0].act = torch.nn.functional.gelu


def further(net):
    net.layer2[0].extra = nn.Softshrink()


def uneven(net):
    net.layer1[0].relu = nn.GELU()
    net.layer1[0].relu2 = nn.ReLU()


def average(net):
    net.avgpool = nn.AdaptiveAvgPool2d(2)


def ceiled(net):
    net.maxpool.ceil_mode = True


RESNET = (lambda: ResNet((1, 1, 1, 1)), 64)
CIFAR = (lambda: CifarResNet(1, (8, 16, 16), "B"), 32)
MOBILE = (MobileNetV2, 64)
VGG_NORM = (lambda: VGG(True, (4, "M", 8, "M", 8, 8, "M", 8, 8, "M", 8, 8, "M")), 224)
CASES = {
    "plain": (RESNET, None),
    "small": (RESNET, small_images),
    "gelu": (RESNET, lambda net: activations(net, nn.GELU)),
    "leaky": (RESNET, lambda net: activations(net, lambda: nn.LeakyReLU(0.2))),
    "no-relu": (RESNET, lambda net: activations(net, nn.Identity)),
    "norms": (RESNET, norms),
    "dilated": (RESNET, dilated),
    "same": (RESNET, same),
    "pooled": (RESNET, pooled),
    "cifar-norms": (CIFAR, norms),
    "mobile": (MOBILE, None),
    "mobile-silu": (MOBILE, lambda net: activations(net, nn.SiLU)),
    "mobile-last": (MOBILE, without_last_activation),
    "mobile-flat": (MOBILE, flat),
    "vgg": (VGG_NORM, None),
    "vgg-strided": (VGG_NORM, strided),
    "circular": (RESNET, circular),
    "standardised": (RESNET, standardised),
    "hooked": (RESNET, hooked),
    "function": (RESNET, function),
    "further": (RESNET, further),
    "uneven": (RESNET, uneven),
    "average": (RESNET, average),
    "ceiled": (RESNET, ceiled),
    "scripted": (RESNET, None),
    "parallel": (RESNET, small_images),
}

for number, (name, ((build, size), change)) in enumerate(CASES.items()):
    torch.manual_seed(number)
    net = randomised(build(), number)
    if change:
        change(net)
    if name == "parallel":
        net = nn.DataParallel(net)
    x = torch.randn(2, 3, size, size)
    with torch.no_grad():
        y = net(x)
    if name == "scripted":
        torch.jit.save(torch.jit.trace(net, x), f"{folder}/{name}.pth")
    else:
        torch.save(net, f"{folder}/{name}.pth")
    torch.save({"input": x, "output": y}, f"{folder}/{name}.values.pt")
    x.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{folder}/{name}.input")
    y.numpy().tofile(f"{folder}/{name}.output")
