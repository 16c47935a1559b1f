import type { CallsOf, RequestOf, ResultOf, WorkerName } from '../../protocol/worker';
import type { Architectures } from '../architectures';
import type { Disposable } from '../dispose';
import type { CallOptions, WorkerClient } from './client';

/** Calls whose results are files of the same network. */
const WRITING: ReadonlySet<string> = new Set(['convert', 'convertWithData', 'fuse']);

/** A client whose calls take along what network was chosen for the file they are about. */
export class AttachingClient<W extends WorkerName> implements Disposable {
  constructor(
    private readonly client: Pick<WorkerClient<W>, 'call' | 'dispose'>,
    private readonly architectures: Architectures,
  ) {}

  /** @throws as `WorkerClient.call` does */
  async call<N extends CallsOf<W>>(
    call: N,
    request: RequestOf<N>,
    options?: CallOptions,
  ): Promise<ResultOf<N>> {
    const architecture = this.chosenFor(request);
    if (architecture === undefined) return this.client.call(call, request, options);
    const result = await this.client.call(call, { ...request, architecture }, options);
    const output = WRITING.has(call) ? textOf(request, 'output') : undefined;
    if (output !== undefined) this.architectures.choose(output, architecture);
    return result;
  }

  dispose(): void {
    this.client.dispose();
  }

  private chosenFor(request: object): string | undefined {
    if (textOf(request, 'architecture') !== undefined) return undefined;
    for (const field of ['path', 'a', 'b', 'before', 'after', 'against']) {
      const file = textOf(request, field);
      const chosen = file === undefined ? undefined : this.architectures.of(file);
      if (chosen !== undefined) return chosen;
    }
    return undefined;
  }
}

function textOf(request: object, field: string): string | undefined {
  const value: unknown = field in request ? Reflect.get(request, field) : undefined;
  return typeof value === 'string' ? value : undefined;
}
