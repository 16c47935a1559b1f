/** The bundler and the test runner put the file's bytes in place of the import. */
declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
