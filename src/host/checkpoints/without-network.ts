/** Why weights without a network are not enough. @param done what cannot be done with them, as in `trained` */
export function withoutNetwork(file: string, done: string): string {
  return `${file} has weights but no network, so it cannot be ${done}; save the whole model, or attach an ONNX export of the network to weights by name (ACNet: Attach Architecture…)`;
}
