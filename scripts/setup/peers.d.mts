/** The Python with Keras and TensorFlow, whether or not the set-up has run. */
export function peersPython(): string;
