"""Steps of the comparison: run.py make FOLDER SITE_PACKAGES_OF_ONNX, or run.py CASES.json FOLDER

`make` saves networks, their exports and what they give. Each case of a list says what is done with a file:
"compare" loads it, into the generated module or into the network's own class, strictly, and gives the difference;
"resave" loads it into its module, gives the branches random values as a training does, and saves it by PyTorch;
"forms" saves it in the forms in which training scripts do; "refuse" says what loading another network's weights gives.
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


def averaged(model):
    """A moving average over all of a state dict, integers among them, as many scripts have it."""
    state = {key: value.clone() for key, value in model.state_dict().items()}
    for _ in range(50):
        for key, value in model.state_dict().items():
            state[key].copy_(0.9 * state[key] + 0.1 * value)
    return state


def forms(case):
    def load():
        return generated(case["module"]).load(case["file"])

    swa = torch.optim.swa_utils.AveragedModel(load(), use_buffers=True)
    for _ in range(3):
        swa.update_parameters(load())
    stem = case["forms"]
    torch.save(nn.DataParallel(load()).state_dict(), f"{stem}-parallel.pth")
    torch.save({"epoch": 1, "model_ema": {"state_dict": averaged(load())}}, f"{stem}-average.pth")
    torch.save(swa.state_dict(), f"{stem}-swa.pth")
    torch.save({"net": load().half().state_dict()}, f"{stem}-half.pth")
    torch.save({key: value.bfloat16() for key, value in load().state_dict().items()}, f"{stem}-bfloat16.pth")
    torch.save(load().double().state_dict(), f"{stem}-double.pth")
    torch.save(load().state_dict(), f"{stem}-legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({key: value for key, value in load().state_dict().items() if value.is_floating_point()}, f"{stem}-floats.pth")
    torch.jit.save(torch.jit.trace(load(), torch.randn(1, 3, 16, 16)), f"{stem}-traced.pt")


def refuse(case):
    """What a module says of weights of a network whose branches land elsewhere, strict or not."""
    said = []
    for strict in (True, False):
        model = generated(case["module"]).Network()
        try:
            model.load_state_dict(weights_of(case["refuse"]), strict=strict)
            said.append("")
        except RuntimeError as error:
            said.append(str(error))
    return {"case": case["module"], "said": said}


def compare(case):
    name = case["network"]
    values = torch.load(case.get("values", f"{folder}/{name}.values"))
    model = generated(case["module"]).load(case["file"]) if "module" in case else own(name, case["file"])
    with torch.no_grad():
        difference = (model(values["input"]) - values["output"]).abs().max().item()
    return {"case": case["case"], "difference": difference, "spread": values["output"].abs().max().item()}


STEPS = {"forms": forms, "refuse": refuse, "to": resave, "case": compare}
if step == "make":
    make(sys.argv[3])
else:
    answers = []
    for case in json.load(open(step)):
        try:
            answers.append(STEPS[next(key for key in STEPS if key in case)](case))
        except Exception as error:
            answers.append({"case": case.get("case", case.get("to")), "error": f"{type(error).__name__}: {error}"})
    print(json.dumps([answer for answer in answers if answer]))
