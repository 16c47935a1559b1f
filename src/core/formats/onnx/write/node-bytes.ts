import { ProtoWriter } from '../../../encodings/protobuf/writer';
import type { WireReader } from '../../../encodings/protobuf/wire';
import type { NodeProto } from '../proto/node';

/** A setting of an operator. */
export type Setting =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] };

/** A setting that is a whole number. */
export const int = (value: number): Setting => ({ int: value });
/** A setting that is a float32. */
export const float = (value: number): Setting => ({ float: value });
/** A setting that is text. */
export const text = (value: string): Setting => ({ text: value });
/** A setting that is a list of whole numbers. */
export const ints = (values: readonly number[]): Setting => ({ ints: values });

/** The end of an axis for a Slice, however long it is. */
export const END = 2 ** 31 - 1;

/** A node of ONNX's own operators. */
export interface NewNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly settings: Readonly<Record<string, Setting>>;
}

/** A NodeProto's bytes. Source of the numbers: onnx.proto. */
export function nodeBytes({ name, op, inputs, outputs, settings }: NewNode): Uint8Array {
  const writer = new ProtoWriter();
  for (const input of inputs) writer.string(1, input);
  for (const output of outputs) writer.string(2, output);
  writer.string(3, name).string(4, op);
  for (const [key, setting] of Object.entries(settings)) {
    writer.message(5, (attribute) => writeSetting(attribute.string(1, key), setting));
  }
  return writer.finish();
}

function writeSetting(attribute: ProtoWriter, setting: Setting): void {
  if ('int' in setting) attribute.int(3, setting.int).int(20, 2);
  else if ('float' in setting) attribute.float(2, setting.float).int(20, 1);
  else if ('text' in setting) attribute.string(4, setting.text).int(20, 3);
  else {
    for (const value of setting.ints) attribute.int(8, value);
    attribute.int(20, 7);
  }
}

/** A node of the file with other names for what it makes; all else byte for byte. */
export function renamedOutputs(
  wire: WireReader,
  node: NodeProto,
  names: ReadonlyMap<string, string>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const field of wire.fields(node.from, node.end)) {
    const name = field.number === 2 ? names.get(wire.text(field)) : undefined;
    parts.push(
      name === undefined
        ? wire.bytes(field.start, field.end).slice()
        : new ProtoWriter().string(2, name).finish(),
    );
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
