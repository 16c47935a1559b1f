import type { ByteSink } from '../../core/bytes';
import type { Checkpoint } from '../../core/checkpoint';
import { writeCheckpoint } from '../../core/formats/registry';
import { BYTES } from '../../core/tensor/dtype';
import { sizeOf } from '../../core/tensor/tensor';
import { writeAtomically, type WriteOptions } from '../../files/atomic';
import type { OperationContext } from './context';

/**
 * Writes a checkpoint, whole or not at all, and tells how far it has come: in KiB, of what its tensors take.
 * @returns names of the further files beside it
 * @throws UserError as `writeAtomically` does
 */
export async function writeTold(
  checkpoint: Checkpoint,
  output: string,
  options: WriteOptions,
  context: Pick<OperationContext, 'onProgress'>,
): Promise<readonly string[]> {
  const told = new Told(bytesOf(checkpoint), context);
  await writeAtomically(output, (sink) => writeCheckpoint(checkpoint, told.sink(sink)), options);
  told.end();
  return told.beside;
}

function bytesOf({ tensors }: Checkpoint): number {
  return [...tensors.values()].reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * BYTES[dtype], 0);
}

/** Counts what goes into the files. */
class Told {
  readonly beside: string[] = [];
  private readonly total: number;
  private bytes = 0;
  private reported = 0;

  constructor(
    expected: number,
    private readonly context: Pick<OperationContext, 'onProgress'>,
  ) {
    this.total = Math.max(1, Math.ceil(expected / 1024));
    this.report(0);
  }

  sink(sink: ByteSink): ByteSink {
    const sibling = sink.sibling?.bind(sink);
    return {
      ...sink,
      write: (bytes) => {
        sink.write(bytes);
        this.add(bytes.length);
      },
      ...(sibling && {
        sibling: (name: string, replaces?: boolean) => {
          this.beside.push(name);
          return this.sink(sibling(name, replaces));
        },
      }),
    };
  }

  /** What the format adds, or leaves out, was not expected. */
  end(): void {
    this.report(this.total);
  }

  private add(bytes: number): void {
    this.bytes += bytes;
    const done = Math.min(this.total - 1, Math.floor(this.bytes / 1024));
    if (done > this.reported) this.report(done);
  }

  private report(done: number): void {
    this.reported = done;
    this.context.onProgress({ phase: 'Writing KiB', done, total: this.total });
  }
}
