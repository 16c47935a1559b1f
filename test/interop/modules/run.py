"""Steps of the comparison: run.py make FOLDER SITE_PACKAGES_OF_ONNX, or run.py CASES.json FOLDER

`make` saves networks, their exports and what they give. Each case of a list says what is done with a file:
"compare" loads it, into the generated module or into the network's own class, strictly, and gives the difference;
"resave" loads it into its module, gives the branches random values as a training does, and saves it by PyTorch.
"""

import importlib.util
import json
import os
import sys
import warnings

import torch
from torch import nn
from safetensors.torch import load_file, save_file

sys.path.insert(0, os.path.dirname(__file__))
from networks import CASES, randomised

torch.set_num_threads(1)
warnings.simplefilter("ignore")
step, folder = sys.argv[1:3]


def generated(path):
    spec = importlib.util.spec_from_file_location("generated", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saved(state, stem):
    torch.save(state, f"{stem}.pth")
    save_file({key: value.contiguous() for key, value in state.items()}, f"{stem}.safetensors")


def make(packages):
    sys.path.append(packages)
    for number, (name, (build, _)) in enumerate(CASES.items()):
        model = randomised(build(), number)
        x = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(number))
        settings = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
        torch.onnx.export(model, x[:1], f"{folder}/{name}.onnx", dynamo=False, **settings)
        with torch.no_grad():
            torch.save({"input": x, "output": model(x)}, f"{folder}/{name}.values")
        saved(model.state_dict(), f"{folder}/{name}")


def trained(model):
    generator = torch.Generator().manual_seed(5)
    for block in model.modules():
        if type(block).__name__ != "AsymmetricBlock":
            continue
        for norm in (block.square_bn, block.ver_bn, block.hor_bn):
            shape = norm.running_mean.shape
            if norm.affine:
                sign = torch.randint(0, 2, shape, generator=generator) * 2 - 1
                norm.weight.data = (torch.rand(shape, generator=generator) + 0.3) * sign
                norm.bias.data = torch.randn(shape, generator=generator) * 0.3
            norm.running_mean = torch.randn(shape, generator=generator) * 0.3
            norm.running_var = torch.rand(shape, generator=generator) * 3 + 0.1
    return model


def weights_of(path):
    return load_file(path) if path.endswith(".safetensors") else torch.load(path, weights_only=True)


def own(name, path):
    model = CASES[name][0]()
    model.load_state_dict(weights_of(path), strict=True)
    return model.eval()


def resave(case):
    model = trained(generated(case["module"]).load(case["file"]))
    values = torch.load(f"{folder}/{case['network']}.values")
    with torch.no_grad():
        values["output"] = model(values["input"])
    torch.save(values, f"{case['to']}.values")
    saved(model.state_dict(), case["to"])


def compare(case):
    name = case["network"]
    values = torch.load(case.get("values", f"{folder}/{name}.values"))
    model = generated(case["module"]).load(case["file"]) if "module" in case else own(name, case["file"])
    with torch.no_grad():
        difference = (model(values["input"]) - values["output"]).abs().max().item()
    return {"case": case["case"], "difference": difference, "spread": values["output"].abs().max().item()}


if step == "make":
    make(sys.argv[3])
else:
    answers = []
    for case in json.load(open(step)):
        try:
            answers.append(compare(case) if "case" in case else resave(case))
        except Exception as error:
            answers.append({"case": case.get("case", case.get("to")), "error": f"{type(error).__name__}: {error}"})
    print(json.dumps([answer for answer in answers if answer]))
