import { runPython } from './peers';

/** Space is allotted early and never filled: the file has its full length, the disk holds only its structure. */
const SCRIPT = `
import json, sys
import h5py

path, layers, channels = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
configs = [{"class_name": "InputLayer", "config": {"batch_shape": [None, None, None, channels], "dtype": "float32", "name": "input"}}]

with h5py.File(path, "w") as f:
    root = f.create_group("model_weights")

    def weights(layer, shapes):
        group = root.create_group(layer)
        group.attrs["weight_names"] = [f"{layer}/{name}".encode() for name in shapes]
        for name, shape in shapes.items():
            plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            parent = group.require_group(layer)
            h5py.h5d.create(parent.id, name.encode(), h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple(shape), plan)

    for i in range(layers):
        configs.append({"class_name": "Conv2D", "config": {"name": f"conv{i}", "filters": channels, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same", "use_bias": False, "activation": "linear"}})
        configs.append({"class_name": "BatchNormalization", "config": {"name": f"bn{i}", "axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}})
        weights(f"conv{i}", {"kernel": (3, 3, channels, channels)})
        weights(f"bn{i}", {name: (channels,) for name in ("gamma", "beta", "moving_mean", "moving_variance")})
    root.attrs["layer_names"] = [c["config"]["name"].encode() for c in configs[1:]]
    f.attrs["keras_version"] = "3.15.1"
    f.attrs["backend"] = "tensorflow"
    f.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "sparse", "layers": configs}})
`;

/**
 * Makes a legacy Keras model of many 3×3 convolutions and batch norms whose weights take no space on disk.
 * 1,024 channels are 37.8 MB a layer: 127 layers make 4.8 GB.
 */
export function makeSparseModel(path: string, layers: number, channels: number): void {
  runPython(SCRIPT, [path, String(layers), String(channels)]);
}
