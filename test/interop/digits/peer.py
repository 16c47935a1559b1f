"""The digit recogniser in its own framework: peer.py export MODEL.py OUT.onnx SITE_PACKAGES_OF_ONNX, or
peer.py accuracy MODEL.py MNIST FILE..., each FILE loaded strictly into the class of the wheel."""

import importlib.util
import json
import sys
import warnings

import numpy as np
import torch

what, source, *rest = sys.argv[1:]
torch.set_num_threads(2)


def network():
    spec = importlib.util.spec_from_file_location("digits", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CNN().eval()


def load(path):
    model = network()
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), strict=True)
    return model


def export(onnx, packages):
    """The network alone: its weights are a new network's."""
    # At the end: all else is this environment's own.
    sys.path.append(packages)
    warnings.simplefilter("ignore")
    torch.onnx.export(network(), torch.zeros(1, 1, 28, 28), onnx, dynamo=False)


def accuracy(folder, files):
    raw = np.fromfile(f"{folder}/t10k-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 28, 28)
    labels = torch.from_numpy(np.fromfile(f"{folder}/t10k-labels-idx1-ubyte", np.uint8)[8:].astype(np.int64))
    # What recognizer.py does to an image of this size: ToTensor and Normalize.
    images = (torch.from_numpy(raw).float() / 255 - 0.1307) / 0.3081
    counts = {}
    for path in files:
        model = load(path)
        with torch.no_grad():
            hits = [
                (model(images[i : i + 500]).argmax(1) == labels[i : i + 500]).sum().item()
                for i in range(0, len(labels), 500)
            ]
        counts[path] = sum(hits)
    return {"images": len(labels), "right": counts}


if what == "export":
    export(*rest)
else:
    print(json.dumps(accuracy(rest[0], rest[1:])))
