/** What the network of a file of weights was taken for, and the way to say another. */
import type { VNode } from 'preact';
import type { InspectResult } from '../../../src/contract/results';
import { Button } from '../../ui/toolkit';
import { send } from '../../host';
import { Section } from '../../ui/controls';

export interface ArchitectureProps {
  readonly architecture: NonNullable<InspectResult['architecture']>;
  /** The model that was chosen for the file: a path, or `none`. */
  readonly chosen: string | undefined;
}

/** Shown for weights-only files: where the network comes from, and the buttons that attach and detach a model. */
export function ArchitectureSection({ architecture, chosen }: ArchitectureProps): VNode {
  const attached = architecture.state === 'attached';
  return (
    <Section title="Architecture" name="Architecture">
      <p>{architectureWords(architecture, chosen)}</p>
      <div class="actions">
        <Button
          label={attached ? 'Attach Another…' : 'Attach Architecture…'}
          onClick={() => {
            send({ type: 'attachArchitecture' });
          }}
        />
        {attached && <DetachButton />}
      </div>
    </Section>
  );
}

/** Takes the model away from the file. */
export function DetachButton(): VNode {
  return (
    <Button
      label="Detach Architecture"
      onClick={() => {
        send({ type: 'detachArchitecture' });
      }}
    />
  );
}

/** Where the network comes from, in a sentence or two. */
function architectureWords(
  { state, label = 'a network', reason = 'its keys' }: NonNullable<InspectResult['architecture']>,
  chosen: string | undefined,
): string {
  switch (state) {
    case 'assumed':
      return `The file holds weights by name. Assumed to be ${label}, because of ${reason}. If it is another network, attach an ONNX export of it.`;
    case 'attached':
      return chosen === undefined || chosen === 'none'
        ? `The file holds weights by name. They are taken for the ${label}, which lies beside the file under its name.`
        : `The file holds weights by name. They are taken for the ${label}, which was attached.`;
    case 'unknown':
      return 'The file holds weights by name, and which network they are of is unknown. They can be inspected, converted and fused. To run, train, prune or export them, attach an ONNX export of the same network.';
  }
}
