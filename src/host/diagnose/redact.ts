/** A folder whose whole path is replaced by a word. */
export interface KnownFolder {
  readonly path: string;
  readonly label: string;
  /** Whether what lies in it is ours, so that its names tell nothing of the user. */
  readonly ours: boolean;
}

/** Folders that are alike on every machine. */
const SYSTEM = /^\/(usr|opt|lib|lib64|bin|sbin)(\/|$)/;
// Stands for a known folder, by its number: nothing else in a report has such characters.
const MARK = /\u0001(\d+)\u0002/;
// In brackets a path may have spaces; elsewhere one ends it.
const PATH = new RegExp(
  String.raw`(?<=\()(?:${MARK.source}|[A-Za-z]:)?[\\/][^()\n]*|(?:${MARK.source}|(?<!\w)[A-Za-z]:|(?<!\w))[\\/][^\s()'"${'`'},;|<>]+`,
  'g',
);

/**
 * A text without private paths: of each path stays the word for a known folder and the last name, and of folders of ours
 * and of the system all. Also user names are taken out.
 * @param names of the user, whole words
 */
export function redact(text: string, folders: readonly KnownFolder[], names: readonly string[]): string {
  const known = [...folders]
    .filter(({ path }) => path.length > 1)
    .sort((a, b) => b.path.length - a.path.length);
  let marked = text.replaceAll(/[\u0001\u0002]/g, '');
  for (const [i, { path }] of known.entries()) {
    marked = marked.replaceAll(new RegExp(`${escaped(path)}(?=[\\\\/]|[^\\w.-]|$)`, 'g'), `\u0001${i}\u0002`);
  }
  const shortened = marked.replace(PATH, (found) => shorten(found, known));
  const worded = shortened.replaceAll(new RegExp(MARK, 'g'), (_, i: string) => known[Number(i)]?.label ?? '');
  return names
    .filter((name) => name.length > 1)
    .reduce((rest, name) => rest.replace(new RegExp(`\\b${escaped(name)}\\b`, 'gi'), '<user>'), worded);
}

function shorten(found: string, known: readonly KnownFolder[]): string {
  const [, place = found, tail = ''] = /^(.*?)([.:]?)$/.exec(found) ?? [];
  const [mark, number] = MARK.exec(place) ?? [];
  if (mark === undefined) return SYSTEM.test(place) ? found : `…${lastName(place)}${tail}`;
  return known[Number(number)]?.ours ? found : `${mark}${lastName(place.slice(mark.length))}${tail}`;
}

/** `/…/name`, or `/name` where there is nothing between. */
function lastName(place: string): string {
  const parts = place.split(/[\\/]/).filter(Boolean);
  if (parts.length === 0) return '';
  return parts.length === 1 ? `/${parts[0]}` : `/…/${parts.at(-1)}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
