import { beforeAll, describe, expect, it, vi } from 'vitest';
import type * as z from 'zod/mini';
import type * as PageChoices from '../../../webview/frame/choices';
import type { tabs as Tabs } from '../../../webview/tabs';

let page: typeof PageChoices;
let tabs: typeof Tabs;

// Custom elements, which need a browser.
vi.mock('../../../webview/ui/toolkit', () => ({ Button: () => null, TextField: () => null }));

beforeAll(async () => {
  vi.stubGlobal('acquireVsCodeApi', () => ({ getState: () => undefined }));
  page = await import('../../../webview/frame/choices');
  ({ tabs } = await import('../../../webview/tabs'));
});

/** A value of the schema that is another one than `initial`. */
function another(schema: z.core.$ZodType, initial: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'catch':
    case 'optional':
      return another(def.innerType, initial);
    case 'enum':
      return Object.values(def.entries).find((value) => value !== initial);
    case 'string':
      return 'another';
    case 'number':
      return 7;
    case 'boolean':
      return initial !== true;
    case 'array':
      return [another(def.element, undefined)];
    default:
      throw new Error(`no other value of a ${def.type} is known`);
  }
}

/** All choices of all tabs, with what each is at first and another value. */
function everyChoice() {
  return tabs.flatMap(({ id, choices }) => {
    const initial: Readonly<Record<string, unknown>> = { ...page.restoreChoices(undefined).all[id] };
    return Object.entries<z.core.$ZodType>(choices.schema.shape).map(([name, schema]) => {
      const value = another(schema, initial[name]);
      return { tab: id, choices, name, initial: initial[name], value };
    });
  });
}

const reload = (state: unknown) => page.restoreChoices(JSON.parse(JSON.stringify(state)));

describe('what a page remembers of an earlier one', () => {
  it('is every choice of every tab', () => {
    const all = everyChoice();
    expect(all.length).toBeGreaterThan(25);
    for (const { tab, choices, name, initial, value } of all) {
      expect(value, `${tab}.${name}`).not.toEqual(initial);
      const chosen = page.changed(page.restoreChoices(undefined), choices, { [name]: value });
      expect(chosen.all[tab], `${tab}.${name} is chosen`).toHaveProperty(name, value);
      expect(reload(chosen), `${tab}.${name} after a reload`).toEqual(chosen);
    }
  });

  it('is the open tab, whichever it is', () => {
    for (const { id } of tabs) expect(reload({ tab: id }).tab).toBe(id);
    expect(page.restoreChoices(undefined).tab).toBe('overview');
  });

  it('falls back where a value is malformed, and there alone', () => {
    for (const { tab, name, initial, value } of everyChoice()) {
      const others = everyChoice().filter((choice) => choice.tab === tab && choice.name !== name);
      const kept = Object.fromEntries(others.map((choice) => [choice.name, choice.value]));
      for (const odd of [null, { odd: value }]) {
        const { all } = page.restoreChoices({ tab, all: { [tab]: { ...kept, [name]: odd } } });
        expect(all[tab], `${tab}.${name}`).toEqual({ ...kept, [name]: initial });
      }
    }
  });

  it('falls back as a whole where it is of another version', () => {
    const initial = page.restoreChoices(undefined);
    const flat = { tab: 'overview', filter: 'conv', sort: 'macs' };
    for (const saved of ['text', null, 3, [], flat, { tab: 'nowhere', all: { kernels: 5, other: {} } }])
      expect(page.restoreChoices(saved)).toEqual(initial);
  });

  it('changes nothing of another tab', () => {
    const [first, second] = tabs;
    const before = page.restoreChoices(undefined);
    const after = page.changed(before, first.choices, { filter: 'conv' });
    expect(after.all[first.id]).toEqual({ ...before.all[first.id], filter: 'conv' });
    expect(after.all[second.id]).toBe(before.all[second.id]);
  });
});
