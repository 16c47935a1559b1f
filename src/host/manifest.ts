/**
 * What package.json says of the extension to VS Code, as far as it follows from records: the commands with their menus, and
 * which files are checkpoints. `npm run manifest` (scripts/manifest.mjs) writes it; nothing of the extension imports this.
 */
import names from './checkpoints/file-names.json';
import { COMMANDS } from './commands';
import { contextKey } from './inspector/abilities';
import { OPTIONAL_VIEW_TYPE, VIEW_TYPE } from './inspector/view-types';
import { nameOf, type Command, type Menus } from './kit/command';
import { ROW_KINDS, VIEW } from './view/row-kinds';

const TRUSTED = 'isWorkspaceTrusted';
const ON_DISK = 'resourceScheme =~ /^(file|vscode-remote)$/';
const ONE = '!listMultiSelection';
const A_FILE = '!explorerResourceIsFolder';
const JOB_FILE = 'resourceFilename =~ /\\.acnet\\.json$/i';
const IN_INSPECTOR = `activeCustomEditorId =~ /^${VIEW_TYPE.replace('.', '\\.')}/`;

const escaped = (glob: string): string => glob.replaceAll('.', '\\.').replaceAll('*', '.*');

/** A checkpoint, on the file that a menu was opened for. */
export const CHECKPOINT_WHEN =
  `(resourceExtname =~ /^\\.(${[...names.owned, ...names.shared].join('|')})$/i || ` +
  `resourceFilename =~ /^(${names.names.map(escaped).join('|')})$/)`;

/** An entry of a menu, before it has its place among those of its group. */
interface Entry {
  readonly group?: string;
  /** All must hold; the trust that the command needs is added. */
  readonly when: readonly string[];
}

/** How a command comes into each of VS Code's menus. */
const MENUS: Readonly<Record<string, (menus: Menus) => Entry | undefined>> = {
  commandPalette: ({ palette }) => {
    if (palette === 'anywhere') return undefined;
    return { when: [palette === 'never' ? 'false' : '!virtualWorkspace'] };
  },
  'explorer/context': ({ explorer }) => {
    if (explorer === undefined) return undefined;
    const file = explorer === 'job' ? JOB_FILE : CHECKPOINT_WHEN;
    const one = explorer === 'checkpoints' ? [] : [ONE];
    return { group: '4_acnet', when: [ON_DISK, file, ...one, A_FILE] };
  },
  'editor/title': ({ inspector, jobEditor }) => {
    if (inspector) return { group: inspector.group, when: [IN_INSPECTOR, ...context(inspector.when)] };
    if (!jobEditor) return undefined;
    return {
      group: 'navigation',
      when: [ON_DISK, JOB_FILE, '!activeCustomEditorId', ...context(jobEditor.when)],
    };
  },
  'view/title': ({ view }) => view && { group: view.group, when: [`view == ${VIEW}`] },
  'view/item/context': ({ row }) =>
    row && { group: row.group, when: [`view == ${VIEW}`, `viewItem =~ ${String(ROW_KINDS[row.of])}`] },
};

const context = (name: Parameters<typeof contextKey>[0] | undefined): string[] =>
  name === undefined ? [] : [contextKey(name)];

function menuOf(entryOf: (menus: Menus) => Entry | undefined): object[] {
  const places = new Map<string, number>();
  return COMMANDS.flatMap((command) => {
    const entry = entryOf(command.menus ?? {});
    if (!entry) return [];
    const { group } = entry;
    const when = [...entry.when, ...trustOf(command, entry)].join(' && ');
    if (group === undefined) return [{ command: nameOf(command), when }];
    const place = (places.get(group) ?? 0) + 1;
    places.set(group, place);
    return [{ command: nameOf(command), group: `${group}@${place}`, when }];
  });
}

function trustOf({ needsTrust }: Command, { when }: Entry): string[] {
  return needsTrust === undefined || when[0] === 'false' ? [] : [TRUSTED];
}

function commandEntry(command: Command): object {
  const { id, icon, needsTrust } = command;
  return {
    ...{ command: nameOf(command), category: 'ACNet', title: `%${titleKey(id)}%` },
    ...(icon !== undefined && { icon: `$(${icon})` }),
    ...(needsTrust !== undefined && { enablement: TRUSTED }),
  };
}

const titleKey = (id: string): string => `command.${id}`;

const pattern = (filenamePattern: string): object => ({ filenamePattern });
const byExtension = (extension: string): object => pattern(`*.${extension}`);

function customEditors(): object[] {
  const displayName = '%editor.inspector%';
  const shared = [...names.shared.map(byExtension), ...names.names.map(pattern)];
  return [
    { viewType: VIEW_TYPE, displayName, selector: names.owned.map(byExtension), priority: 'default' },
    { viewType: OPTIONAL_VIEW_TYPE, displayName, selector: shared, priority: 'option' },
  ];
}

/** The part of package.json that follows from records, put into the rest of it. */
export function withContributions<M extends { readonly contributes: object }>(manifest: M): M {
  const menus = Object.entries(MENUS).map(([menu, entryOf]) => [menu, menuOf(entryOf)]);
  const own = {
    commands: COMMANDS.map(commandEntry),
    customEditors: customEditors(),
    menus: Object.fromEntries(menus) as object,
  };
  return { ...manifest, contributes: { ...manifest.contributes, ...own } };
}

/** The texts of package.nls.json: titles of commands and what a restricted workspace allows, put into the rest of it. */
export function withTexts(texts: Readonly<Record<string, string>>): Record<string, string> {
  const titles = COMMANDS.map(({ id, title }) => [titleKey(id), title]);
  const others = Object.entries(texts).filter(([key]) => !key.startsWith(titleKey('')));
  return {
    ...(Object.fromEntries([...titles, ...others]) as Record<string, string>),
    'trust.limited': restrictedText(),
  };
}

function restrictedText(): string {
  const usable = COMMANDS.filter(
    ({ needsTrust, menus }) => needsTrust === undefined && menus?.palette !== 'never',
  );
  const titles = usable.map(({ title }) => title.replace('…', ''));
  return `These commands work in a restricted workspace: ${titles.join(', ')}. All others need a trusted workspace.`;
}
