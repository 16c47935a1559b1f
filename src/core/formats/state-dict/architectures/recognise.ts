import { UserError } from '../../../errors';
import { makeGraph } from '../../../graph/build';
import type { Contradicted, Recognised } from '../opened';
import type { StateDict } from '../units';
import { cifarQuick } from './cifar-quick';
import { mobilenetV2 } from './mobilenet-v2';
import { Mismatch, NetworkBuilder } from './network';
import type { Recogniser } from './recogniser';
import { resnet } from './resnet';
import { vgg } from './vgg';

/** Every architecture that is recognised. A new one is one file and a line here. */
const ARCHITECTURES: readonly Recogniser[] = [resnet, mobilenetV2, vgg, cifarQuick];

/** Levels of names that may stand before the architecture's own. */
const MAX_PREFIX = 2;

/**
 * Recognises the network of a state dict by its keys and shapes; every tensor must have its place in it. What the file
 * says of its modules is taken from it, and where the architecture cannot have it there is no network.
 */
export function recognise(dict: StateDict): Recognised | Contradicted | undefined {
  for (const prefix of prefixesOf(dict)) {
    for (const architecture of ARCHITECTURES) {
      const found = attempt(architecture, new NetworkBuilder(dict, prefix));
      if (found) return found;
    }
  }
  return undefined;
}

function attempt(architecture: Recogniser, net: NetworkBuilder): Recognised | Contradicted | undefined {
  let label: string | undefined;
  try {
    const described = architecture(net);
    if (!described) return undefined;
    net.requireAllUsed();
    net.tree.finish();
    const { reason, output } = described;
    ({ label } = described);
    const [contradiction] = net.tree.contradictions;
    if (contradiction !== undefined) return { label, contradiction };
    const graph = makeGraph({ nodes: net.nodes, outputs: [output] }, net.tensors);
    return {
      architecture: {
        label,
        reason: net.tree.isKnown
          ? `${reason}; settings and kinds of its layers are those in the file`
          : reason,
        prefix: net.prefix,
      },
      graph,
      tensors: net.tensors,
      notes: net.notes,
    };
  } catch (error) {
    // With the file's own settings it does not fit; only its names say otherwise.
    if (label !== undefined && net.tree.isKnown && error instanceof UserError)
      return { label, contradiction: `its layers do not fit: ${error.message}` };
    // What does not fit is not that architecture; the file itself may be as good as any.
    if (error instanceof Mismatch || error instanceof UserError) return undefined;
    throw error;
  }
}

function prefixesOf({ tensors }: StateDict): string[] {
  const prefixes = new Set(['']);
  for (const key of tensors.keys()) {
    const parts = key.split('.');
    for (let levels = 1; levels <= MAX_PREFIX && levels < parts.length - 1; levels++) {
      prefixes.add(`${parts.slice(0, levels).join('.')}.`);
    }
    if (prefixes.size > 100) break;
  }
  return [...prefixes];
}
