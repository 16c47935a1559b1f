import {
  calls,
  type Attachment,
  type CallsOf,
  type RequestOf,
  type ResultOf,
  type WorkerName,
} from '../../contract/calls';
import type { Memories } from '../memory/answers';
import { readingSaid, rememberReading, type ReadingMemories } from '../reading/said';
import type { Disposable } from '../dispose';
import type { CallOptions, WorkerClient } from './client';

/** What was chosen for files. */
export type Chosen = Pick<Memories, 'architecture'> & ReadingMemories;

/** A client whose calls take along what was chosen for the files they are about. */
export class AttachingClient<W extends WorkerName> implements Disposable {
  constructor(
    private readonly client: Pick<WorkerClient<W>, 'call' | 'dispose'>,
    private readonly chosen: Chosen,
  ) {}

  /** @throws as `WorkerClient.call` does */
  async call<N extends CallsOf<W>>(
    call: N,
    request: RequestOf<N>,
    options?: CallOptions,
  ): Promise<ResultOf<N>> {
    const { checkpoints, writes } = calls[call];
    const files = checkpoints.flatMap((field) => textOf(request, field) ?? []);
    const said = this.saidOf(files, request);
    if (Object.keys(said).length === 0) return this.client.call(call, request, options);
    const result = await this.client.call(call, { ...request, ...said }, options);
    const output = writes === undefined ? undefined : textOf(request, writes);
    if (output !== undefined) this.keep(output, said);
    return result;
  }

  dispose(): void {
    this.client.dispose();
  }

  private saidOf(files: readonly string[], request: object): Attachment {
    const isNamed = textOf(request, 'architecture') !== undefined;
    const architecture = isNamed ? undefined : first(files.map((file) => this.chosen.architecture.of(file)));
    const readings = files.flatMap((file) => {
      const said = readingSaid(this.chosen, file);
      return Object.keys(said).length === 0 ? [] : [{ file, ...said }];
    });
    return {
      ...(architecture !== undefined && { architecture }),
      ...(readings.length > 0 && { readings }),
    };
  }

  /** Of what was written from a file the same holds. */
  private keep(output: string, { architecture, readings = [] }: Attachment): void {
    if (architecture !== undefined) this.chosen.architecture.remember(output, architecture);
    for (const said of readings) rememberReading(this.chosen, output, said);
  }
}

function first<T>(values: ReadonlyArray<T | undefined>): T | undefined {
  return values.find((value) => value !== undefined);
}

function textOf(request: object, field: string): string | undefined {
  const value: unknown = field in request ? Reflect.get(request, field) : undefined;
  return typeof value === 'string' ? value : undefined;
}
