import type { Random } from '../../../src/core/random';
import { mutateBytes } from './bytes';
import { pick, type Mutation } from './mutation';

type Container = unknown[] | Record<string, unknown>;

/** A place in a document. */
interface Place {
  readonly parent: Container;
  readonly key: string | number;
}

/** Nested deeper than any stack. */
const DEEP = 20_000;

const ODD: readonly unknown[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 1e15],
  ...['', 'a', '\u0000', '../../../etc/passwd', '/etc/passwd', 'constructor', '__proto__', 'x'.repeat(5000)],
  ...[[], {}, [[]], [null], [0, 0], [-1, -1], [1e9, 1e9, 1e9, 1e9], { class_name: 'Conv2D' }],
];

/** Changes one to three places of a JSON document, or its text. */
export const mutateJson: Mutation = (bytes, random) => {
  if (random.below(6) === 0) return mutateBytes(bytes, random);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return mutateBytes(bytes, random);
  }
  for (let times = 1 + random.below(3); times > 0; times -= 1) change(document, random);
  const text = JSON.stringify(document);
  return new TextEncoder().encode(random.below(50) === 0 ? nest(text, random) : text);
};

function change(document: unknown, random: Random): void {
  const places = placesOf(document);
  if (places.length === 0) return;
  const { parent, key } = pick(places, random);
  const old = valueAt({ parent, key });
  const choice = random.below(8);
  if (choice === 0) removeAt({ parent, key });
  else if (choice === 1) put({ parent, key }, structuredClone(valueAt(pick(places, random))));
  else if (choice === 2 && Array.isArray(old)) put({ parent, key }, (old as unknown[]).concat(old));
  else if (choice === 3 && typeof old === 'number') put({ parent, key }, old + random.below(9) - 4);
  else if (choice === 4 && typeof old === 'string') put({ parent, key }, old.slice(1) + old.slice(0, 1));
  else if (choice === 5) rename({ parent, key }, random);
  else put({ parent, key }, structuredClone(pick(ODD, random)));
}

function placesOf(value: unknown): Place[] {
  const found: Place[] = [];
  const walk = (container: unknown): void => {
    if (Array.isArray(container)) {
      container.forEach((item: unknown, key) => {
        found.push({ parent: container as unknown[], key });
        walk(item);
      });
    } else if (typeof container === 'object' && container !== null) {
      for (const [key, item] of Object.entries(container)) {
        found.push({ parent: container as Record<string, unknown>, key });
        walk(item);
      }
    }
  };
  walk(value);
  return found;
}

function valueAt({ parent, key }: Place): unknown {
  return Reflect.get(parent, key) as unknown;
}

function put({ parent, key }: Place, value: unknown): void {
  // Defined, not set: `__proto__` is to be a key like any other.
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function removeAt({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else Reflect.deleteProperty(parent, key);
}

function rename(at: Place, random: Random): void {
  if (Array.isArray(at.parent)) {
    at.parent.reverse();
    return;
  }
  const value = valueAt(at);
  removeAt(at);
  put(
    { parent: at.parent, key: pick(['', 'name', 'config', '__proto__', 'toString', `${at.key}x`], random) },
    value,
  );
}

/** The document with one of its values far too deep. */
function nest(text: string, random: Random): string {
  const at = text.indexOf('null', random.below(text.length));
  if (at < 0) return '['.repeat(DEEP);
  return `${text.slice(0, at)}${'['.repeat(DEEP)}${']'.repeat(DEEP)}${text.slice(at + 4)}`;
}
