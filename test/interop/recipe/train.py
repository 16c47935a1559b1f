"""Trains one small network in PyTorch by several recipes, on given batches from given weights, in float64.

Usage: python train.py FOLDER. Reads cases.json, prints a JSON object: of each case the losses, learning rates and weights after it.
"""

import json
import os
import sys

import torch
from torch import nn
from torch.optim import swa_utils

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
FOLDER = sys.argv[1]


def network():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1, bias=False),
        nn.BatchNorm2d(6, eps=1e-3, momentum=0.1),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
    )


# Ours, in the order in which they are written: height × width × in × out, and in × out.
TO_TORCH = {4: lambda x: x.permute(3, 2, 0, 1), 2: lambda x: x.T, 1: lambda x: x}
TO_OURS = {4: lambda x: x.permute(2, 3, 1, 0), 2: lambda x: x.T, 1: lambda x: x}
KERNELS = ("0.weight", "3.weight", "7.weight")


def load(model, weights):
    state = model.state_dict()
    for name, (shape, values) in weights.items():
        state[name] = TO_TORCH[len(shape)](torch.tensor(values).reshape(shape)).contiguous()
    model.load_state_dict(state)


def read(model):
    return {
        name: TO_OURS[value.dim()](value).flatten().tolist()
        for name, value in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def optimiser_of(case, model):
    settings = dict(case["optimiser"])
    kind, decay = settings.pop("kind"), settings.pop("weightDecay")
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for name, p in named if name in KERNELS], "weight_decay": decay},
        {"params": [p for name, p in named if name not in KERNELS], "weight_decay": 0.0},
    ]
    rate = case["learningRate"]
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=rate, **settings)
    return torch.optim.AdamW(groups, lr=rate, betas=settings["betas"], eps=settings["epsilon"])


def schedule_of(case, optimiser, steps):
    schedule = case["schedule"]
    if schedule["kind"] == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    low, high = schedule.get("momentum") or (0.85, 0.95)
    return torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=case["learningRate"],
        total_steps=steps,
        pct_start=schedule["pctStart"],
        div_factor=schedule["divFactor"],
        final_div_factor=schedule["finalDivFactor"],
        cycle_momentum=bool(schedule.get("momentum")),
        base_momentum=low,
        max_momentum=high,
    )


def batch_of(values):
    x = torch.tensor(values["input"]).reshape(-1, 8, 8, 3).permute(0, 3, 1, 2)
    return x, torch.tensor(values["labels"])


def mixed_loss(model, loss_of, x, labels, share):
    if share is None:
        return loss_of(model(x), labels)
    # torchvision's MixUp on the images; on the labels the same as mixing them.
    logits = model(x.roll(1, 0).mul(1.0 - share).add(x.mul(share)))
    return share * loss_of(logits, labels) + (1.0 - share) * loss_of(logits, labels.roll(1, 0))


def run(case, weights, batches):
    model = network()
    load(model, weights)
    optimiser = optimiser_of(case, model)
    parts = case.get("accumulate", 1)
    scheduler = schedule_of(case, optimiser, len(batches) // parts)
    weight = torch.tensor(case["classWeights"]) if "classWeights" in case else None
    loss_of = nn.CrossEntropyLoss(weight, label_smoothing=case.get("labelSmoothing", 0.0))
    ema = case.get("ema")
    averaged = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(ema)) if ema else None
    losses, rates = [], []
    for i, (values, (x, labels)) in enumerate(zip(batches, map(batch_of, batches))):
        loss = mixed_loss(model, loss_of, x, labels, values.get("share"))
        (loss / parts).backward()
        rates.append(optimiser.param_groups[0]["lr"])
        losses.append(loss.item())
        if (i + 1) % parts:
            continue
        if "clipNorm" in case:
            nn.utils.clip_grad_norm_(model.parameters(), case["clipNorm"])
        optimiser.step()
        optimiser.zero_grad()
        scheduler.step()
        if averaged:
            averaged.update_parameters(model)
    if averaged:
        last = batches[-len(batches) // case["epochs"] :]
        swa_utils.update_bn([batch_of(values)[0] for values in last], averaged)
        model = averaged.module
    return {"losses": losses, "rates": rates, "weights": read(model)}


with open(os.path.join(FOLDER, "cases.json")) as file:
    given = json.load(file)
print(json.dumps({name: run(case, given["weights"], case["batches"]) for name, case in given["cases"].items()}))
