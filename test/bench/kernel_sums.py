"""Writes a safetensors file of random kernels, or sums them with NumPy: kernel_sums.py write|sum FILE [F32|F16|BF16]"""

import json
import resource
import sys
import time

import numpy as np

CHANNELS = 1024
TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def write(path, kind, size=500_000_000):
    shape = [CHANNELS, CHANNELS, 3, 3]
    width = np.dtype(TYPES[kind]).itemsize
    each = width * int(np.prod(shape))
    count = size // each
    header = {
        f"layers.{i}.conv.weight": {"dtype": kind, "shape": shape, "data_offsets": [i * each, (i + 1) * each]}
        for i in range(count)
    }
    text = json.dumps(header).encode()
    random = np.random.default_rng(1)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _ in range(count):
            values = random.standard_normal(each // width, dtype="f4") * np.float32(0.02)
            file.write((values.view("<u4") >> 16).astype("<u2") if kind == "BF16" else values.astype(TYPES[kind]))


def sums(path):
    """Mean |w| at each kernel position, layer by layer, read tensor by tensor as the safetensors package does."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        found = []
        for entry in header.values():
            start, end = entry["data_offsets"]
            file.seek(8 + length + start)
            stored = np.frombuffer(file.read(end - start), TYPES[entry["dtype"]])
            if entry["dtype"] == "BF16":
                stored = (stored.astype("<u4") << 16).view("<f4")
            kernel = stored.reshape(entry["shape"])
            found.append(np.abs(kernel).mean((0, 1), dtype="f4"))
    return found


if sys.argv[1] == "write":
    write(sys.argv[2], sys.argv[3])
else:
    start = time.perf_counter()
    means = [mean.astype("f8") for mean in sums(sys.argv[2])]
    seconds = time.perf_counter() - start
    matrix = np.mean([mean / mean.max() for mean in means], 0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer = {"seconds": seconds, "megabytes": memory, "matrix": matrix.tolist(), "name": f"NumPy {np.__version__}"}
    print(json.dumps(answer))
