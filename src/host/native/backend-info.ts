import type { BackendResult } from '../../contract/results';
import type { InspectorState } from '../../contract/page';
import { isCancelled } from '../errors';
import type { WorkerClient } from '../workers/client';

type Backend = NonNullable<InspectorState['backend']>;

/** Finds out what networks run on: when it is first asked for, in the trainer's process. */
export class BackendInfo {
  private asked = false;

  constructor(
    private readonly trainer: Pick<WorkerClient<'trainer'>, 'call'>,
    private readonly onFound: (backend: Backend) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Does nothing when it is known already, or on its way. */
  async find(): Promise<void> {
    if (!this.asked) await this.findAgain();
  }

  /** Something may have been installed meanwhile. */
  async findAgain(): Promise<void> {
    this.asked = true;
    try {
      const backend = backendOf(await this.trainer.call('backend', {}));
      if (backend) this.onFound(backend);
    } catch (error) {
      if (!isCancelled(error)) this.onFailure(error);
    }
  }
}

function backendOf({ backend, tensorflow, description }: BackendResult): Backend | undefined {
  if (backend === 'tensorflow') return { native: true, label: `TensorFlow ${tensorflow ?? ''}`.trim() };
  if (backend === 'portable') return { native: false, label: description ?? 'portable (WebAssembly)' };
  return undefined;
}
