/** The package's own types lean on declarations of Emscripten that it does not ship. */
declare module '@jsquash/jpeg/codec/enc/mozjpeg_enc.js' {
  export interface JpegEncoder {
    /** @param pixels RGBA */
    encode(pixels: Uint8Array, width: number, height: number, options: object): Uint8Array | null;
  }

  interface Options {
    readonly noInitialRun: boolean;
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      done: (instance: WebAssembly.Instance) => void,
    ) => WebAssembly.Exports;
  }

  export default function createEncoder(options: Options): Promise<JpegEncoder>;
}
