/**
 * Names come from files, and preact escapes them for HTML; what nobody sees (controls, bidi, zero widths) would still
 * reach the reader. Imported before anything is drawn, this shows it by its number in every text of the page.
 */
import { Fragment, options, type VNode } from 'preact';
import { visible } from '../../src/shared/sinks/visible';

/** Attributes that are read by people. */
const READ = ['title', 'aria-label', 'aria-valuetext', 'alt', 'placeholder', 'label'];

/** Text with its line breaks, which are ours or do no harm here. */
function shown(text: string): string {
  return text.includes('\n')
    ? text
        .split('\n')
        .map((line) => visible(line))
        .join('\n')
    : visible(text);
}

function children(value: unknown): unknown {
  if (typeof value === 'string') return shown(value);
  return Array.isArray(value) ? value.map(children) : value;
}

/** Goes over the texts of an element, in place. */
function showText({ type, props }: VNode): void {
  if (typeof type !== 'string' && type !== Fragment) return;
  const texts = props as unknown as Record<string, unknown>;
  if (texts.children !== undefined) texts.children = children(texts.children);
  for (const name of READ) {
    const value = texts[name];
    if (typeof value === 'string') texts[name] = shown(value);
  }
}

const before = options.vnode?.bind(options);
options.vnode = (vnode) => {
  showText(vnode);
  before?.(vnode);
};
