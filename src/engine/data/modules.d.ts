/** The bundler and the test runner put the file's bytes in place of the import. */
declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

/** The bundler and the test runner put the text of a script in place of the import: the file with all it imports. */
declare module '*?bundle' {
  const script: string;
  export default script;
}

/** The package's own types lean on declarations of Emscripten that it does not ship. */
declare module '@jsquash/jpeg/codec/dec/mozjpeg_dec.js' {
  /** The decoder's module once its WebAssembly has been loaded. */
  export interface JpegDecoder {
    /** RGBA. Throws what the decoder complains of. */
    decode(
      bytes: Uint8Array,
      applyRotation: boolean,
    ): { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number } | null;
  }

  interface Options {
    readonly noInitialRun: boolean;
    readonly print: (text: string) => void;
    readonly printErr: (text: string) => void;
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ) => WebAssembly.Exports;
  }

  export default function createDecoder(options: Options): Promise<JpegDecoder>;
}
