"""Loads files by the modules written beside them, and says how far their outputs are from those saved: compare.py CASES.json"""

import importlib.util
import json
import sys

import torch

torch.set_num_threads(1)
answers = {}
for case in json.load(open(sys.argv[1])):
    spec = importlib.util.spec_from_file_location("generated", case["module"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    values = torch.load(case["values"])
    with torch.no_grad():
        y = module.load(case["file"])(values["input"])
    difference = (y - values["output"]).abs().max() / values["output"].abs().max()
    answers[case["file"]] = difference.item()
print(json.dumps(answers))
