import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogueFile, catalogues, textsOf } from '../../scripts/texts.mjs';

it.each(Object.entries(catalogues()))(
  'the texts of %s are those of the source (npm run texts)',
  (side, text) => {
    const file = catalogueFile(side);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : '').toBe(text);
  },
);

it('a text is a literal of two words or more, with its values numbered', () => {
  const source = `say('one'); say('two words', \`\${a} of \${b} layers\`, \`\${a} \${b}\`, 'two words');`;
  expect(textsOf('a.ts', source)).toEqual(['two words', '{0} of {1} layers']);
});

it('an element is read as it is shown', () => {
  const source = `view = (
    <p class="note">
      {count} of <b>{total} sites</b> are
      blocks{' '}
      <i>{now}</i>, as shown
    </p>
  );`;
  expect(textsOf('a.tsx', source)).toEqual(['{0} of {1} are blocks {2}, as shown', '{0} sites']);
});

it('neither style sheets nor Python source are texts', () => {
  const source =
    'css = `a {\n  color: red;\n}`; python = `def cut(x):\n    return x`; words = `cut the x\nnow`;';
  expect(textsOf('a.ts', source)).toEqual(['cut the x\nnow']);
});
