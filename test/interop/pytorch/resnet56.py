"""PyTorch's side of the real ResNet-56: resnet56.py ORIGINAL FUSED IMAGES LABELS

Says how many images each file gets right (NHWC float32 inputs, one byte a label), loaded strictly into the plain class,
and how far their outputs are apart.
"""

import json
import os
import sys

import numpy as np
import torch

sys.path.insert(0, os.path.dirname(__file__))
from networks import CifarResNet

original, fused, images, labels = sys.argv[1:]
torch.set_num_threads(1)
y = torch.from_numpy(np.fromfile(labels, np.uint8).astype(np.int64))
x = torch.from_numpy(np.fromfile(images, np.float32).reshape(len(y), 32, 32, 3)).permute(0, 3, 1, 2)
outputs = []
for path in (original, fused):
    weights = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    model = CifarResNet(9, (16, 32, 64)).eval()
    model.load_state_dict({key.removeprefix("module."): value for key, value in weights.items()}, strict=True)
    with torch.no_grad():
        outputs.append(model(x))
right = [(output.argmax(1) == y).sum().item() for output in outputs]
difference = (outputs[0] - outputs[1]).abs().max() / outputs[0].abs().max()
print(json.dumps({"right": right, "difference": difference.item()}))
