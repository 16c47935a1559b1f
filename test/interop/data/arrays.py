"""Data as NumPy itself writes it: arrays.py FOLDER"""

import pickle
import sys

import numpy as np

folder = sys.argv[1]
images = np.arange(6 * 4 * 5 * 3, dtype=np.uint8).reshape(6, 4, 5, 3)
labels = np.array([0, 1, 2, 0, 1, 2])
parts = {
    "x_train": images[:4],
    "y_train": labels[:4],
    # Not contiguous in memory: NumPy writes it in C order all the same.
    "x_test": images[4:].transpose(0, 3, 1, 2),
    "y_test": np.eye(3)[labels[4:]],
}
np.savez(f"{folder}/stored.npz", **parts)
np.savez_compressed(f"{folder}/deflated.npz", **parts)
np.savez(f"{folder}/objects.npz", x=images, y=np.array([{"a": 1}] * 6, dtype=object))

planes = np.arange(2 * 3072, dtype=np.uint32).astype(np.uint8).reshape(2, 3072)
for protocol in (2, 3, 4):
    batch = {"batch_label": "training batch 1 of 5", "labels": [1, 0], "data": planes, "filenames": ["a.png", "b.png"]}
    with open(f"{folder}/protocol-{protocol}", "wb") as file:
        pickle.dump(batch, file, protocol)
    # As it comes out of `pickle.load(…, encoding="bytes")` and is written again.
    with open(f"{folder}/bytes-{protocol}", "wb") as file:
        pickle.dump({key.encode(): value for key, value in batch.items()}, file, protocol)
