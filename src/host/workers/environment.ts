/** How many threads TensorFlow may use; it reads them once, from the environment. */
export interface WorkerThreads {
  readonly intraOp: number;
  readonly interOp: number;
}

// NODE_OPTIONS carries the debugger's bootloader; VSCODE_* names sockets and flags of the extension host.
const STRIPPED = /^(NODE_OPTIONS|NODE_CHANNEL_.*|VSCODE_.*)$/i;

/**
 * The environment of a worker process. `ELECTRON_RUN_AS_NODE` stays, or is set: on the desktop
 * `process.execPath` is Electron, which otherwise opens another editor.
 */
export function workerEnvironment(host: NodeJS.ProcessEnv, threads?: WorkerThreads): NodeJS.ProcessEnv {
  const kept = Object.entries(host).filter(([name]) => !STRIPPED.test(name));
  return {
    ...Object.fromEntries(kept),
    ELECTRON_RUN_AS_NODE: '1',
    TF_CPP_MIN_LOG_LEVEL: '2',
    ...(threads && {
      TF_NUM_INTRAOP_THREADS: String(threads.intraOp),
      TF_NUM_INTEROP_THREADS: String(threads.interOp),
    }),
  };
}
