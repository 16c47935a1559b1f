/** An element of a drawing (SVG 1.1), as data: the page makes nodes of it, the report text. */
export interface Shape {
  readonly tag: 'path' | 'rect' | 'circle' | 'text';
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Of a `text`. */
  readonly text?: string;
}

/** @param d commands of the path */
export function path(name: string, d: string): Shape {
  return { tag: 'path', attributes: { class: name, d } };
}

/** @param attributes where it lies, and how it is anchored */
export function text(name: string, words: string, attributes: Shape['attributes']): Shape {
  return { tag: 'text', attributes: { class: name, ...attributes }, text: words };
}
