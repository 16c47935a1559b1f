/** Facts, findings and the table of sites. */
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import type { InspectResult } from '../../../src/contract/results';
import type { Format } from '../../../src/shared/format';
import { enumerated } from '../../../src/shared/words';
import { ArchitectureSection } from './architecture';
import { Section } from '../../ui/controls';
import { inputValuesWords } from '../../../src/shared/input-words';
import { Icon } from '../../ui/icons';
import type { IconName } from '../../ui/icons';
import { noSitesWords } from './no-sites';
import { SitesSection } from './sites-section';
import { Empty, Notice } from '../../ui/states';
import type { TabProps } from '../tab';
import type { overviewChoices } from './choices';

/** What a file is opened with; in Restricted Mode it says what cannot be done. */
export function Overview(props: TabProps<typeof overviewChoices>): VNode {
  const { state, inspected, format } = props;
  const { readMilliseconds } = state;
  const { toggled: names } = props.choices;
  const toggled = useMemo(() => new Set(names), [names]);
  const findings = findingsOf(inspected);
  const read =
    readMilliseconds === undefined ? undefined : (
      <span class="note">read in {format.count(readMilliseconds)} ms, weights on demand</span>
    );
  return (
    <>
      {!state.trusted && (
        <Notice title="This window is in Restricted Mode">
          Inspecting works. Converting and fusing run code on your machine and need a trusted workspace.
        </Notice>
      )}
      <Section title="Checkpoint" name="Checkpoint" controls={read}>
        <dl class="facts">
          {factsOf(inspected, format).map(({ label, value }) => (
            <div>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Section>
      {inspected.architecture && (
        <ArchitectureSection architecture={inspected.architecture} chosen={state.architecture} />
      )}
      {findings.length > 0 && (
        <Section title="Findings" name="Findings">
          <ul class="findings">
            {findings.map(({ icon, tone, text }) => (
              <li>
                <Icon name={icon} tone={tone} />
                <span>{text}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {inspected.sites.length > 0 ? (
        <SitesSection {...props} toggled={toggled} />
      ) : (
        <NoSites inspected={inspected} format={format} />
      )}
    </>
  );
}

function NoSites({
  inspected,
  format,
}: {
  readonly inspected: InspectResult;
  readonly format: Format;
}): VNode {
  const { title, text } = noSitesWords(inspected, format);
  return <Empty title={title}>{text}</Empty>;
}

/** The facts grid: what the file says, then what was counted. */
function factsOf(inspected: InspectResult, format: Format): Array<{ label: string; value: string }> {
  const { macs, trainableParameters, parameters } = inspected;
  const siteMacs = inspected.sites.reduce<number | null>(
    (sum, site) => (sum === null || site.macs === null ? null : sum + site.macs),
    0,
  );
  const facts: Array<{ label: string; value: string | undefined }> = [
    { label: 'Framework', value: inspected.framework },
    { label: 'Input', value: joined(inspected.inputs) },
    { label: 'Input values', value: inspected.inputValues && inputValuesWords(inspected.inputValues) },
    { label: 'Output', value: joined(inspected.outputs) },
    { label: 'MACs for one input', value: inspected.hasGraph ? format.macs(macs) : undefined },
    { label: 'Tensors', value: format.count(inspected.tensors) },
    {
      label: 'Trainable',
      value:
        trainableParameters === null
          ? undefined
          : `${format.count(trainableParameters)} of ${format.count(parameters)}`,
    },
    {
      label: 'Frozen layers',
      value:
        inspected.frozenLayers &&
        `${format.count(inspected.frozenLayers.length)}: ${enumerated(inspected.frozenLayers)}`,
    },
    {
      label: 'Batch-norm statistics',
      value: inspected.statistics === undefined ? undefined : format.count(inspected.statistics),
    },
    {
      label: 'Sites’ share of MACs',
      value:
        macs && siteMacs !== null && inspected.sites.length > 0
          ? `${format.fixed((100 * siteMacs) / macs, 0)} %`
          : undefined,
    },
    ...inspected.facts,
  ];
  return facts.filter((fact): fact is { label: string; value: string } => fact.value !== undefined);
}

function joined(shapes: readonly string[]): string | undefined {
  return shapes.length === 0 ? undefined : shapes.join('; ');
}

interface Finding {
  readonly icon: IconName;
  readonly tone: string;
  readonly text: VNode | string;
}

function findingsOf({ warnings, unsupported, sites }: InspectResult): Finding[] {
  const findings: Finding[] = warnings.map((text) => ({ icon: 'warning', tone: 'tone-warning', text }));
  if (unsupported.length > 0) {
    const one = unsupported.length === 1;
    findings.push({
      icon: 'info',
      tone: '',
      text: (
        <>
          {one ? 'One operator, ' : `${unsupported.length} operators, `}
          <span class="mono">{unsupported.join(', ')}</span>, cannot be run or trained here.
          {sites.length > 0 && ' Inspecting, converting and fusing work.'}
        </>
      ),
    });
  }
  return findings;
}
