/** The Python with Keras and TensorFlow, whether or not the set-up has run. */
export function peersPython(): string;

/** Path of the Python interpreter with PyTorch and safetensors; it exists once the set-up has run. */
export function torchPython(): string;

/** The Python with ONNX and ONNX Runtime, whether or not the set-up has run. */
export function onnxPython(): string;
