/** Writes protocol buffers: enough of the wire format for TensorFlow's graphs and ONNX models. */
export class ProtoWriter {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  /** A whole number; negative ones take ten bytes, as the format asks. */
  int(field: number, value: number): this {
    this.push([...varint(BigInt(field << 3)), ...varint(BigInt.asUintN(64, BigInt(value)))]);
    return this;
  }

  bool(field: number, value: boolean): this {
    return this.int(field, value ? 1 : 0);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.push(varint(BigInt((field << 3) | 5)));
    this.append(bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.push([...varint(BigInt((field << 3) | 2)), ...varint(BigInt(value.length))]);
    this.append(value);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, write: (writer: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  /** An entry of a map from strings to messages. */
  entry(field: number, key: string, write: (writer: ProtoWriter) => void): this {
    return this.message(field, (entry) => entry.string(1, key).message(2, write));
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.length);
    let offset = 0;
    for (const chunk of this.chunks) {
      all.set(chunk, offset);
      offset += chunk.length;
    }
    return all;
  }

  private push(bytes: readonly number[]): void {
    this.append(Uint8Array.from(bytes));
  }

  private append(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
  }
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}
