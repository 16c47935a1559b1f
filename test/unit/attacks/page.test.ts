import { h } from 'preact';
import { describe, expect, it } from 'vitest';
import { inspectorHtml } from '../../../src/host/inspector/html';
import { html, htmlTable } from '../../../src/operations/report/html';
import { csv } from '../../../webview/charts/csv';
import '../../../webview/ui/text';
import { HOSTILE, UNSEEN } from '../../support/hostile';

/** Every text of an element and of what is in it. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value !== 'object' || value === null || !('props' in value)) return [];
  return Object.values(value.props as object).flatMap(texts);
}

describe('the inspector’s page', () => {
  it.each(HOSTILE)('shows %j with everything in it to be seen', (text) => {
    const drawn = h('div', { title: text, 'aria-label': text }, [
      text,
      h('td', null, text, 'ms', h('svg', null, h('text', { x: 1 }, [['a', text]]))),
    ]);
    const shown = texts(drawn).map((each) => each.replaceAll('\n', ''));
    expect(shown).toHaveLength(7);
    for (const each of shown) expect(each).not.toMatch(UNSEEN);
  });

  it('sends back what it was given: values, keys and what a component gets stay as they are', () => {
    const text = 'a\u202eb';
    const Row = (): null => null;
    expect(h('input', { value: text, key: text }).props).toEqual({ value: text });
    expect(h(Row, { name: text } as never).props).toEqual({ name: text });
    expect(h('td', null, 'conv1/kernel', 7).props.children).toEqual(['conv1/kernel', 7]);
  });

  it.each(HOSTILE)('has one title and one script, whatever a file called %j is', (title) => {
    const page = inspectorHtml({ title, scriptUri: 's', styleUri: 'c', cspSource: 'x', nonce: 'n' });
    const tags = [...page.matchAll(/<([a-z]+)/gi)].map(([, tag]) => tag);
    const ours = ['html', 'head', 'meta', 'meta', 'meta', 'link', 'title', 'body', 'div', 'script'];
    expect(tags).toEqual(ours);
  });
});

describe('the report', () => {
  it.each(HOSTILE)('has the tags of its own, whatever a layer called %j is', (text) => {
    const tagsOf = (name: string): string[] => {
      const table = htmlTable(name, [{ head: name }, { head: 'n' }], [[name, 7]]);
      const markup = html`<svg aria-label="${name}"><text x="1">${name}</text></svg>${table}`;
      return markup.text.match(/<\/?[a-z]+|"[a-z-]*=|[a-z-]+="/gi) ?? [];
    };
    expect(tagsOf(text)).toEqual(tagsOf('conv1'));
  });
});

describe('values for a spreadsheet', () => {
  it.each(HOSTILE)('are as many cells and rows beside %j', (text) => {
    const lines = csv(['layer', 'max', 'why'], [[text, -1.5, text]])
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(2);
    const cells = lines[1].split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
    expect(cells).toHaveLength(3);
    // Numbers below 0 are numbers.
    expect(cells[1]).toBe('-1.5');
  });
});
