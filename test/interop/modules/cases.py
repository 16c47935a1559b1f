"""Networks that the builders beside the repository made, after ours: cases.py BUILDERS.py FOLDER again|compare

`again` trains the module of the border case and saves it by PyTorch; `compare` says how far everything is from PyTorch's own.
"""

import importlib.util
import json
import runpy
import sys
import warnings

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

builders, folder, step = sys.argv[1:4]
warnings.simplefilter("ignore")
torch.set_num_threads(1)


def generated(path):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def image(channels):
    return torch.randn(2, channels, 16, 16, generator=torch.Generator().manual_seed(1))


def normed(weights, x):
    statistics = [weights[f"bn.{key}"] for key in ("running_mean", "running_var")]
    return F.batch_norm(x, *statistics, weights.get("bn.weight"), weights.get("bn.bias"))


def affine(weights, x):
    x = normed(weights, torch.relu(F.conv2d(x, weights["conv.weight"], weights["conv.bias"], padding=1)))
    return F.linear(x.mean((2, 3)), weights["fc.weight"], weights["fc.bias"])


def twice(weights, x):
    for _ in range(2):
        x = torch.relu(normed(weights, F.conv2d(x, weights["conv.weight"], padding=1)))
    return F.linear(x.mean((2, 3)), weights["fc.weight"], weights["fc.bias"])


def again():
    model = generated(f"{folder}/border_acnet.py").load(f"{folder}/border.acnet.pth")
    generator = torch.Generator().manual_seed(5)
    for name, parameter in model.named_parameters():
        if "_bn." in name:
            parameter.data += torch.randn(parameter.shape, generator=generator) * 0.3
    torch.save(model.state_dict(), f"{folder}/border-again.pth")
    save_file(model.state_dict(), f"{folder}/border-again.safetensors")
    torch.save(model(image(3)), f"{folder}/border.output")
    for name in ("affine", "twice"):
        torch.save(generated(f"{folder}/{name}_acnet.py").load(f"{folder}/{name}.acnet.pth").state_dict(), f"{folder}/{name}-again.pth")


def compare():
    found = {}
    plain = runpy.run_path(builders, run_name="builders")["Plain"]
    for extension in ("pth", "safetensors"):
        path = f"{folder}/border-fused.{extension}"
        model = plain().eval()
        model.load_state_dict(load_file(path) if extension == "safetensors" else torch.load(path), strict=True)
        found[f"border {extension}"] = (model(image(3)) - torch.load(f"{folder}/border.output")).abs().max().item()
    for name, network, channels in (("affine", affine, 3), ("twice", twice, 8)):
        before = torch.load(f"{folder}/{name}.pth")
        expected = network(before, image(channels))
        for kind, module in (("acnet", f"{name}_acnet"), ("fused", f"{name}_fused_acnet")):
            model = generated(f"{folder}/{module}.py").load(f"{folder}/{name}.{kind}.pth")
            found[f"{name} {kind}"] = (model(image(channels)) - expected).abs().max().item()
        fused = torch.load(f"{folder}/{name}.fused.pth")
        assert {key: value.shape for key, value in fused.items()} == {key: value.shape for key, value in before.items()}
        found[f"{name} own"] = (network(fused, image(channels)) - expected).abs().max().item()
    print(json.dumps(found))


with torch.no_grad():
    again() if step == "again" else compare()
