/** One of the process's own streams of text. */
export interface TextStream {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  write(text: string): unknown;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EIO: 'the device fails',
};

/**
 * Listens for what cannot be written. The reader of a pipe may leave early (`acnet inspect f | head`): what is done by
 * then is done, and work that goes on stops as by Ctrl-C, with its state kept. Other failures are reported once.
 * @param stop asks the work to stop
 * @returns whether results were lost for another reason than that nobody reads
 */
export function watchStreams(out: TextStream, err: TextStream, stop: () => void): () => boolean {
  let lost = false;
  out.on('error', ({ code = '' }) => {
    stop();
    if (code === 'EPIPE' || lost) return;
    lost = true;
    err.write(`acnet: standard output cannot be written (found ${REASONS[code] ?? code})\n`);
  });
  // There is no place left to say it.
  err.on('error', stop);
  return () => lost;
}
