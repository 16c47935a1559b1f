/** The Python with Keras and TensorFlow, whether or not the set-up has run. */
export function peersPython(): string;
/** The Python with ONNX and ONNX Runtime, whether or not the set-up has run. */
export function onnxPython(): string;
