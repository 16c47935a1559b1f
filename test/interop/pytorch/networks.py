"""Networks as people have them in PyTorch: the usual CIFAR residual networks and torchvision's, made small."""

import torch
import torch.nn.functional as F
from torch import nn


class CifarBlock(nn.Module):
    def __init__(self, inputs, outputs, stride, option):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.extra = stride, (outputs - inputs) // 2
        self.shortcut = nn.Sequential()
        if option == "B" and (stride != 1 or inputs != outputs):
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
            )
        self.option = option

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.option == "A" and (self.stride != 1 or self.extra):
            short = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.extra, self.extra))
        else:
            short = self.shortcut(x)
        return F.relu(y + short)


class CifarResNet(nn.Module):
    def __init__(self, blocks=2, widths=(8, 16, 32), option="A"):
        super().__init__()
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        inputs = widths[0]
        for stage, width in enumerate(widths):
            layers = []
            for block in range(blocks):
                layers.append(CifarBlock(inputs, width, 2 if stage and not block else 1, option))
                inputs = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.stages = len(widths)
        self.linear = nn.Linear(inputs, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.linear(x.mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, inputs, width, stride, groups=1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, groups=groups, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * 4, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * 4)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != width * 4:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, width * 4, 1, stride=stride, bias=False), nn.BatchNorm2d(width * 4)
            )

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """torchvision's form with bottlenecks; groups make it a ResNeXt."""

    def __init__(self, counts=(2, 1, 1, 1), base=8, groups=1):
        super().__init__()
        self.conv1 = nn.Conv2d(3, base, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(base)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        inputs = base
        for stage, count in enumerate(counts):
            width, layers = base * 2**stage, []
            for block in range(count):
                layers.append(Bottleneck(inputs, width, 2 if stage and not block else 1, groups))
                inputs = width * 4
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, 12)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class VGG(nn.Module):
    def __init__(self, norm, plan=(4, "M", 8, "M", 8, 8, "M", 8, 8, "M", 8, 8, "M")):
        super().__init__()
        layers, inputs = [], 3
        for item in plan:
            if item == "M":
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers.append(nn.Conv2d(inputs, item, 3, padding=1))
            if norm:
                layers.append(nn.BatchNorm2d(item))
            layers.append(nn.ReLU(inplace=True))
            inputs = item
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(inputs * 49, 16), nn.ReLU(True), nn.Dropout(),
            nn.Linear(16, 16), nn.ReLU(True), nn.Dropout(), nn.Linear(16, 5),
        )  # fmt: skip

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


def conv_norm(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(inplace=True),
    )


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        hidden = inputs * expand
        layers = [conv_norm(inputs, hidden, 1)] if expand != 1 else []
        layers += [
            conv_norm(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        ]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        plan = [(1, 4, 1, 1), (6, 6, 2, 2), (6, 8, 3, 2), (6, 8, 4, 2), (6, 12, 3, 1), (6, 16, 3, 2), (6, 20, 1, 1)]
        features, inputs = [conv_norm(3, 8, 3, 2)], 8
        for expand, outputs, count, stride in plan:
            for i in range(count):
                features.append(Inverted(inputs, outputs, stride if i == 0 else 1, expand))
                inputs = outputs
        features.append(conv_norm(inputs, 32, 1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 7))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


NETWORKS = {
    "cifar-a": (lambda: CifarResNet(3), 32),
    "cifar-b": (lambda: CifarResNet(1, (8, 16, 16, 24), "B"), 32),
    "resnet": (ResNet, 64),
    "resnext": (lambda: ResNet((1, 1, 1, 1), 8, 4), 64),
    "vgg": (lambda: VGG(False), 224),
    "vgg-bn": (lambda: VGG(True), 224),
    "mobilenet": (MobileNetV2, 64),
}


def randomised(model, seed):
    """As after training: variances in [0.1, 10], gammas of both signs."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(like, low, high):
        return torch.rand(like.shape, generator=generator) * (high - low) + low

    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            sign = torch.randint(0, 2, module.weight.shape, generator=generator) * 2 - 1
            module.weight.data = uniform(module.weight, 0.5, 2) * sign
            module.bias.data = uniform(module.bias, -1, 1)
            module.running_mean = uniform(module.bias, -1, 1)
            module.running_var = uniform(module.bias, 0.1, 4)
    return model.eval()
