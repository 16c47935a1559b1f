"""Saves networks in every form and what they give: make.py FOLDER"""

import argparse
import json
import os
import sys

import numpy as np
import torch
from safetensors.torch import save_file

sys.path.insert(0, os.path.dirname(__file__))
from networks import NETWORKS, randomised

folder = sys.argv[1]
torch.set_num_threads(1)
facts = {}
for number, (name, (build, size)) in enumerate(NETWORKS.items()):
    torch.manual_seed(number)
    model = randomised(build(), number)
    x = torch.randn(2, 3, size, size)
    with torch.no_grad():
        y = model(x)
    facts[name] = {"size": size, "parameters": sum(p.numel() for p in model.parameters())}
    torch.save({"input": x, "output": y}, f"{folder}/{name}.values.pt")
    x.permute(0, 2, 3, 1).contiguous().numpy().tofile(f"{folder}/{name}.input")
    y.numpy().tofile(f"{folder}/{name}.output")
    state = model.state_dict()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    torch.save(
        {
            "epoch": 7,
            "state_dict": {f"module.{key}": value for key, value in state.items()},
            "optimizer": optimiser.state_dict(),
            "name": "Größe",
            "best": 93.5,
            "history": [(1, 0.5), (2, None)],
            "labels": {"a", "b"},
            "score": np.float64(0.25),
            "args": argparse.Namespace(lr=0.1),
        },
        f"{folder}/{name}.pth",
    )
    save_file(state, f"{folder}/{name}.safetensors", metadata={"format": "pt", "note": "kept"})
print(json.dumps(facts))
