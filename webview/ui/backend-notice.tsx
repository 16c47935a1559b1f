/** Networks run, but slowly: what would make them fast. */
import type { VNode } from 'preact';
import type { InspectorState } from '../../src/contract/page';
import { Button } from './toolkit';
import { send } from '../host';
import { blocked } from './reasons';
import { Notice } from './states';

/** Shown where the portable backend is used; nothing before the backend is known. */
export function BackendNotice({ state }: { readonly state: InspectorState }): VNode | null {
  const { backend } = state;
  if (!backend || backend.native) return null;
  return (
    <Notice
      title="TensorFlow was not found on this machine"
      actions={
        <Button
          label="Install Native Backend"
          disabledReason={blocked(state)}
          onClick={() => {
            send({ type: 'installBackend' });
          }}
        />
      }
    >
      Networks run on {backend.label}: the same numbers, about six times slower.
    </Notice>
  );
}
