"""Checks and runs models with ONNX Runtime: run_models.py CASES.json, a list of {"name", "files", "input"}.

The first file of a case is the reference; its input is random unless the case has one. Prints for each case the inputs and outputs of the first file, and how the
outputs of the others differ from them.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

SIZE = 24


def session(path):
    options = onnxruntime.SessionOptions()
    # As the file says it: optimisations change round-off.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feed(of, batch, seed=11):
    random = np.random.default_rng(seed)
    inputs = {}
    for value in of.get_inputs():
        shape = [d if isinstance(d, int) else (batch if i == 0 else SIZE) for i, d in enumerate(value.shape)]
        pixels = value.type == "tensor(uint8)"
        inputs[value.name] = random.integers(0, 256, shape).astype(np.uint8) if pixels else random.normal(size=shape).astype(np.float32)
    return inputs


def listed(array):
    return {"shape": list(array.shape), "data": array.astype(np.float64).ravel().tolist()}


answers = []
for case in json.load(open(sys.argv[1])):
    first = session(case["files"][0])
    given = case.get("input")
    inputs = feed(first, 2) if given is None else {first.get_inputs()[0].name: np.array(given["data"], np.float32).reshape(given["shape"])}
    outputs = first.run(None, inputs)
    found = []
    for path in case["files"]:
        onnx.checker.check_model(path, full_check=True)
        own = session(path)
        names = [value.name for value in own.get_inputs()]
        results = own.run(None, dict(zip(names, inputs.values())))
        spread = max(float(np.abs(o).max()) for o in outputs)
        difference = max(float(np.abs(a.astype(np.float64) - b).max()) for a, b in zip(results, outputs))
        model = onnx.load(path, load_external_data=False)
        found.append(
            {
                "difference": difference / spread,
                "spread": spread,
                "outputs": [o.name for o in model.graph.output],
                "operators": [n.op_type for n in model.graph.node],
                "nodes": [n.SerializeToString(deterministic=True).hex() for n in model.graph.node],
            }
        )
    answers.append(
        {
            "name": case["name"],
            "inputs": [listed(v) for v in inputs.values()],
            "outputs": [listed(o) for o in outputs],
            "files": found,
        }
    )
print(json.dumps(answers))
