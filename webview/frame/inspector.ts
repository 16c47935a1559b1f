/** What the host has told the page. What the page itself decides is in `choices`. */
import { useEffect, useState } from 'preact/hooks';
import { readState, type InspectorState } from '../../src/contract/page';
import { send } from '../host';

/** The host's state, once it has come; a text if what came was malformed. */
export function useInspector(): InspectorState | string | undefined {
  const [state, setState] = useState<InspectorState | string | undefined>(undefined);
  useEffect(() => {
    const listen = (event: MessageEvent<unknown>) => {
      const next = readState(event.data);
      if (next !== undefined) setState(next);
    };
    window.addEventListener('message', listen);
    send({ type: 'ready' });
    return () => {
      window.removeEventListener('message', listen);
    };
  }, []);
  return state;
}
