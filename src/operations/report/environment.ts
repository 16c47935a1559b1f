import { cpus, release, totalmem, type } from 'node:os';
import { bytes } from '../../shared/numbers';

/** What numbers of a run depend on beside the network and the data. */
export function environmentFacts(backend: string): { readonly label: string; readonly value: string }[] {
  const processors = cpus();
  return [
    { label: 'backend', value: backend },
    { label: 'processor', value: `${processors[0]?.model ?? 'unknown'}, ${processors.length} logical cores` },
    { label: 'memory', value: bytes(totalmem()) },
    { label: 'system', value: `${type()} ${release()}` },
    { label: 'Node', value: process.version },
  ];
}
