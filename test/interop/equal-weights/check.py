"""Runs models in ONNX Runtime on one input and says how far they are apart, and what each shares: check.py A B"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

outputs = []
for path in sys.argv[1:]:
    session = onnxruntime.InferenceSession(path)
    [value] = session.get_inputs()
    shape = [size if isinstance(size, int) else 2 for size in value.shape]
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    outputs.append(session.run(None, {value.name: x})[0])
model = onnx.load(sys.argv[-1])
onnx.checker.check_model(model)
readers = {}
for node in model.graph.node:
    for name in node.input:
        readers[name] = readers.get(name, 0) + 1
names = [tensor.name for tensor in model.graph.initializer]
print(json.dumps({
    "difference": float(abs(outputs[0] - outputs[1]).max() / abs(outputs[0]).max()),
    "aliases": sum(node.op_type == "Identity" and node.input[0] in names for node in model.graph.node),
    "shared": [name for name in names if readers.get(name, 0) > 1],
}))
