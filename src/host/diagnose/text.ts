import type { BackendResult, SelfTestResult } from '../../contract/results';

/** What the report is made of; every part was gathered without failing. */
export interface Diagnosis {
  readonly extension: string;
  readonly editor: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly memory: string;
  readonly workspace: string;
  readonly settings: ReadonlyArray<readonly [name: string, value: string]>;
  /** Of the process that runs networks; a sentence where it failed. */
  readonly backend: BackendResult | string;
  readonly selfTest: SelfTestResult | string;
}

/** As text for an issue; paths are still in it. */
export function diagnosisText(d: Diagnosis): string {
  return [
    `ACNet ${d.extension}`,
    `editor       ${d.editor}`,
    `node         ${d.node}`,
    `system       ${d.system}`,
    `processor    ${d.processor}`,
    `memory       ${d.memory}`,
    `workspace    ${d.workspace}`,
    ...d.settings.map(([name, value]) => `setting      ${name}: ${value}`),
    ...backendLines(d.backend),
    `self-test    ${selfTestLine(d.selfTest)}`,
    '',
  ].join('\n');
}

function backendLines(backend: BackendResult | string): string[] {
  if (typeof backend === 'string') return [`backend      failed: ${backend}`];
  const capabilities = Object.entries(backend.capabilities).map(
    ([name, has]) => `${name} ${has ? 'yes' : 'no'}`,
  );
  const { intraOp, interOp } = backend.threads;
  return [
    `backend      ${backend.description ?? [backend.backend ?? 'none', backend.tensorflow].filter(Boolean).join(' ')}`,
    ...(backend.foundBy ? [`found by     ${backend.foundBy} (${backend.location ?? ''})`] : []),
    ...(backend.tfjsNode ? [`addon        tfjs-node ${backend.tfjsNode}`] : []),
    `threads      ${intraOp} inside one operator, ${interOp} operators at once`,
    ...(capabilities.length > 0 ? [`capabilities ${capabilities.join(', ')}`] : []),
    ...backend.tried.map((place, i) => `${i === 0 ? 'looked at    ' : '             '}${place}`),
  ];
}

function selfTestLine(result: SelfTestResult | string): string {
  if (typeof result === 'string') return `failed: ${result}`;
  const { steps, seconds, firstLoss, lastLoss, backend } = result;
  return `${steps} steps in ${seconds.toFixed(2)} s, loss ${firstLoss.toFixed(3)} to ${lastLoss.toFixed(3)} (${backend})`;
}
